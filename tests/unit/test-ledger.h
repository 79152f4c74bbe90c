/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A ledger with a clock of its own, and what it says. Included after <cmocka.h>. */

#include "ledger/ledger.h"
#include "ledger/outbox.h"
#include "ledger/update.h"
#include "test-census.h"

#define SEC USEC_PER_SEC

/* A list of one ignore rule. */
#define GLOBS(s) ((char *[]){(char[]){s}, NULL})

struct fixture {
        struct ledger *ledger;
        struct ledger_time now;
};

static inline void fixture_init(struct fixture *f, const struct ledger_settings *settings)
{
        const struct ledger_settings plain = {.grace_usec = 120 * SEC, .max_per_minute = 60};
        f->now = (struct ledger_time){UINT64_C(1700000000) * SEC, 1000 * SEC};
        assert_int_equal(ledger_new(&f->ledger, settings ? settings : &plain), 0);
}

static inline void fixture_deinit(struct fixture *f)
{
        ledger_free(f->ledger);
}
#define _fixture_ _cleanup_(fixture_deinit)

static inline void fixture_pass(struct fixture *f, uint64_t usec)
{
        f->now.realtime_usec += usec;
        f->now.boottime_usec += usec;
}

/* Gives @c (freed) to the ledger @after microseconds later; returns the number of changes. */
static inline int fixture_scan(struct fixture *f, uint64_t after, struct census *c)
{
        fixture_pass(f, after);
        int r = ledger_update(f->ledger, c, &f->now);
        census_free(c);
        return r;
}

/* The kind of change @i of the last call, or -1. */
static inline int fixture_change(const struct fixture *f, size_t i)
{
        size_t n;
        const struct ledger_change *changes = ledger_changes(f->ledger, &n);
        return i < n ? (int)changes[i].kind : -1;
}

/* A census with the one orphan of test_orphan(). */
static inline struct census *one_orphan(pid_t pid)
{
        struct census *c = test_census();
        test_orphan(c, 4000, 7, pid);
        return c;
}

/* One without it, and the kernel says that it is gone. */
static inline struct census *none_left(void)
{
        struct census *c = test_census();
        test_absent(c, 4000, 7, NETNS_PRESENCE_GONE);
        return c;
}

/* Makes it leaked: two censuses, the grace period apart. Its report is in the outbox. */
static inline void fixture_leak(struct fixture *f, pid_t pid)
{
        assert_int_equal(fixture_scan(f, 0, one_orphan(pid)), 1);
        assert_int_equal(fixture_scan(f, 120 * SEC, one_orphan(pid)), 1);
        assert_int_equal(fixture_change(f, 0), LEDGER_CHANGE_LEAKED);
}

static inline void fixture_sent(struct fixture *f)
{
        ledger_reports_sent(f->ledger, 0, ledger_outbox(f->ledger)->n);
}
