/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger/changes.h"

#include <string.h>

#include "util/array.h"

void changes_begin(struct ledger *l)
{
        for (size_t i = 0; i < l->n_changes; i++)
                free(l->changes[i].detail);
        l->n_changes = 0;
        for (size_t i = 0; i < l->n_retired; i++)
                ledger_entry_free(l->retired[i]);
        l->n_retired = 0;
}

int changes_add(struct ledger *l, enum ledger_change_kind kind, const struct ledger_entry *e,
                char *detail, const struct ledger_time *now)
{
        if (!array_make_room(&l->changes, l->n_changes, &l->room_changes, sizeof(*l->changes))) {
                free(detail);
                return -ENOMEM;
        }
        l->changes[l->n_changes++] = (struct ledger_change){
                .sequence = ++l->sequence,
                .kind = kind,
                .time = *now,
                .entry = e,
                .detail = detail,
        };
        l->revision++;
        return 0;
}

int changes_host(struct ledger *l, enum ledger_change_kind kind, char *detail,
                 const struct ledger_time *now)
{
        _cleanup_(report_freep) struct report *report = NULL;
        int r = changes_add(l, kind, NULL, detail, now);

        if (r < 0 || !outbox_admits_host(&l->outbox))
                return r;
        report = report_new(kind, now, l->sequence);
        if (!report)
                return -ENOMEM;
        if (detail) {
                report->detail = strdup(detail);
                if (!report->detail)
                        return -ENOMEM;
        }
        return outbox_add(&l->outbox, TAKE_PTR(report));
}

static int copy_string(const char *s, char **ret)
{
        *ret = s ? strdup(s) : NULL;
        return s && !*ret ? -ENOMEM : 0;
}

int changes_report(struct ledger *l, enum ledger_change_kind kind, const struct ledger_entry *e,
                   const struct holder *holder, const struct holder *former,
                   const struct ledger_time *now)
{
        _cleanup_(report_freep) struct report *report = NULL;

        report = report_new(kind, now, l->sequence);
        if (!report)
                return -ENOMEM;
        if (copy_string(e->share->share.name, &report->share) < 0)
                return -ENOMEM;
        report->netns = e->id;
        report->ending = e->ending;
        report->since_usec = e->first_seen_usec;
        report->age_usec = ledger_entry_age(e, now->boottime_usec);
        report->n_holders = e->n_holders_total;
        if (holder && holder_copy(&report->holder, holder) < 0)
                return -ENOMEM;
        if (former && holder_copy(&report->former, former) < 0)
                return -ENOMEM;
        if (e->partial && e->partial_reason) {
                report->partial_reason = strdup(e->partial_reason);
                if (!report->partial_reason)
                        return -ENOMEM;
        }
        if (copy_string(e->interfaces, &report->interfaces) < 0 ||
            copy_string(e->addresses, &report->addresses) < 0)
                return -ENOMEM;
        const struct history_entry *history = history_find(&l->history, &e->id);
        if (history && history_facts_copy(&report->history, &history->facts) < 0)
                return -ENOMEM;
        if (history)
                report->last_task_usec = history->last_seen_usec;
        return outbox_add(&l->outbox, TAKE_PTR(report));
}

int changes_summary(struct ledger *l, struct ledger_share *s, const struct ledger_time *now)
{
        _cleanup_(report_freep) struct report *report = NULL;
        uint64_t unkept = ledger_share_unkept_news(s, l->settings.grace_usec, now);
        char *detail;
        int r = outbox_summarize(&l->outbox, s, unkept, now, &report);

        if (r <= 0)
                return r;
        r = copy_string(report->detail, &detail);
        if (r >= 0)
                r = changes_add(l, LEDGER_CHANGE_HELD_BACK, NULL, detail, now);
        if (r < 0)
                return r;
        report->sequence = l->sequence;
        r = outbox_add(&l->outbox, TAKE_PTR(report));
        return r < 0 ? r : 1;
}
