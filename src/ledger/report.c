/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger/report.h"

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
        holder_clear(&r->holder);
        holder_clear(&r->former);
        free(r->partial_reason);
        free(r->interfaces);
        free(r->addresses);
        history_facts_clear(&r->history);
        free(r->more);
        free(r->detail);
        free(r->gaps);
        free(r->share);
        free(r);
        return NULL;
}
