/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger/outbox.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define WINDOW_USEC (60 * USEC_PER_SEC)

struct report *report_new(enum ledger_change_kind kind, const struct ledger_time *time,
                          uint64_t sequence)
{
        struct report *r = calloc(1, sizeof(*r));

        if (!r)
                return NULL;
        *r = (struct report){.kind = kind, .time = *time, .sequence = sequence};
        if (sd_id128_randomize(&r->id) < 0) {
                free(r);
                return NULL;
        }
        return r;
}

struct report *report_free(struct report *r)
{
        if (!r)
                return NULL;
        ledger_holder_deinit(&r->holder);
        ledger_holder_deinit(&r->former);
        free(r->partial_reason);
        free(r->interfaces);
        free(r->addresses);
        free(r->detail);
        free(r);
        return NULL;
}

static bool window_is_over(const struct outbox *o, const struct ledger_time *now)
{
        return o->window_boot_usec == 0 || now->boottime_usec >= o->window_boot_usec + WINDOW_USEC;
}

static void window_begin(struct outbox *o, const struct ledger_time *now)
{
        /* 0 means that there is none, so the first microsecond of a boot must not look like it. */
        o->window_boot_usec = MAX(now->boottime_usec, UINT64_C(1));
        o->n_in_window = 0;
        o->summary_in_window = false;
}

bool outbox_admit(struct outbox *o, enum ledger_change_kind kind, const struct ledger_time *now)
{
        if (window_is_over(o, now))
                window_begin(o, now);
        if (o->n >= OUTBOX_MAX || (o->max_per_minute > 0 && o->n_in_window >= o->max_per_minute)) {
                o->held[kind]++;
                return false;
        }
        o->n_in_window++;
        return true;
}

/* What the summary calls them, in the order in which it names them. */
static const struct {
        enum ledger_change_kind kind;
        const char *one, *many;
} held_names[] = {
        {LEDGER_CHANGE_LEAKED, "new leak", "new leaks"},
        {LEDGER_CHANGE_HOLDER_CHANGED, "change of holder", "changes of holder"},
        {LEDGER_CHANGE_REMINDER, "reminder", "reminders"},
        {LEDGER_CHANGE_RESOLVED, "resolved leak", "resolved leaks"},
};

static bool anything_held(const struct outbox *o)
{
        for (size_t i = 0; i < ARRAY_SIZE(held_names); i++)
                if (o->held[held_names[i].kind] > 0)
                        return true;
        return false;
}

int outbox_summarize(struct outbox *o, const struct ledger_time *now, char **ret_detail)
{
        _cleanup_free_ char *detail = NULL;
        size_t size = 0;
        FILE *f;

        *ret_detail = NULL;
        if (!anything_held(o) || (o->summary_in_window && !window_is_over(o, now)))
                return 0;
        if (o->n >= OUTBOX_MAX)
                return 0;
        f = open_memstream(&detail, &size);
        if (!f)
                return -ENOMEM;
        for (size_t i = 0; i < ARRAY_SIZE(held_names); i++) {
                uint64_t n = o->held[held_names[i].kind];
                if (n > 0)
                        (void)fprintf(f, "%s%" PRIu64 " %s", ftell(f) > 0 ? ", " : "", n,
                                      n == 1 ? held_names[i].one : held_names[i].many);
        }
        (void)fprintf(f, " not reported one by one (MaxPerMinute=%u)", o->max_per_minute);
        if (fclose(f) != 0)
                return -ENOMEM;
        if (window_is_over(o, now))
                window_begin(o, now);
        o->summary_in_window = true;
        memset(o->held, 0, sizeof(o->held));
        *ret_detail = TAKE_PTR(detail);
        return 1;
}

uint64_t outbox_summary_due(const struct outbox *o)
{
        return anything_held(o) ? o->window_boot_usec + WINDOW_USEC : UINT64_MAX;
}

int outbox_add(struct outbox *o, struct report *r)
{
        if (o->n == o->room) {
                size_t room = o->room ? o->room * 2 : 16;
                struct report **grown = reallocarray(o->reports, room, sizeof(*grown));
                if (!grown) {
                        report_free(r);
                        return -ENOMEM;
                }
                o->reports = grown;
                o->room = room;
        }
        o->reports[o->n++] = r;
        return 0;
}

void outbox_drop(struct outbox *o, size_t first, size_t n)
{
        if (n == 0)
                return;
        for (size_t i = 0; i < n; i++)
                report_free(o->reports[first + i]);
        memmove(o->reports + first, o->reports + first + n,
                (o->n - first - n) * sizeof(*o->reports));
        o->n -= n;
}

void outbox_deinit(struct outbox *o)
{
        for (size_t i = 0; i < o->n; i++)
                report_free(o->reports[i]);
        free(o->reports);
        *o = (struct outbox){};
}
