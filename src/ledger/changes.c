/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger/changes.h"

#include <string.h>

#include "census/birth-stack.h"
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

/* Takes @detail and @gaps in any case. */
static int add_host(struct ledger *l, enum ledger_change_kind kind, char *detail, char *gaps,
                    const struct ledger_time *now)
{
        _cleanup_(report_freep) struct report *report = NULL;
        _cleanup_free_ char *words = gaps;
        int r = changes_add(l, kind, NULL, detail, now);

        if (r < 0 || !outbox_admits_host(&l->outbox))
                return r;
        report = report_new(kind, now, l->sequence);
        if (!report)
                return -ENOMEM;
        report->gaps = TAKE_PTR(words);
        if (detail) {
                report->detail = strdup(detail);
                if (!report->detail)
                        return -ENOMEM;
        }
        return outbox_add(&l->outbox, TAKE_PTR(report));
}

int changes_host(struct ledger *l, enum ledger_change_kind kind, char *detail,
                 const struct ledger_time *now)
{
        return add_host(l, kind, detail, NULL, now);
}

int changes_coverage(struct ledger *l, enum ledger_change_kind kind, char *detail, unsigned gaps,
                     const struct ledger_time *now)
{
        char *words = NULL;
        int r = coverage_watch_words(gaps, &words);

        if (r < 0) {
                free(detail);
                return r;
        }
        return add_host(l, kind, detail, words, now);
}

static int copy_string(const char *s, char **ret)
{
        *ret = s ? strdup(s) : NULL;
        return s && !*ret ? -ENOMEM : 0;
}

/* What the report says of one namespace alone. */
static int tell_more(const struct ledger *l, struct report *report, const struct ledger_entry *e)
{
        const struct history_entry *history = history_find(&l->history, &e->id);

        if (copy_string(e->interfaces, &report->interfaces) < 0 ||
            copy_string(e->addresses, &report->addresses) < 0)
                return -ENOMEM;
        if (!history)
                return 0;
        report->last_task_usec = history->last_seen_usec;
        return history_facts_copy(&report->history, &history->facts);
}

/* Fills @report in with what it says of @e. */
static int fill(const struct ledger *l, struct report *report, const struct ledger_entry *e,
                const struct ledger_time *now)
{
        if (copy_string(e->share->share.name, &report->share) < 0)
                return -ENOMEM;
        report->netns = e->id;
        report->finding = e->finding;
        report->ending = e->ending;
        report->since_usec = e->first_seen_usec;
        report->age_usec = ledger_entry_age(e, now->boottime_usec);
        report->n_holders = e->n_holders_total;
        return copy_string(e->partial ? e->partial_reason : NULL, &report->partial_reason);
}

/* The holder as a report names it: of its birth what the journal is told. */
static int take_holder(struct holder *ret, const struct holder *h)
{
        struct birth *shorter = h->birth ? birth_stack_shorten(h->birth) : NULL;

        if ((h->birth && !shorter) || holder_copy(ret, h) < 0) {
                birth_unref(shorter);
                return -ENOMEM;
        }
        birth_unref(ret->birth);
        ret->birth = shorter;
        return 0;
}

int changes_report(struct ledger *l, enum ledger_change_kind kind, const struct ledger_entry *e,
                   const struct holder *holder, const struct holder *former,
                   const struct ledger_time *now)
{
        _cleanup_(report_freep) struct report *report = report_new(kind, now, l->sequence);

        if (!report)
                return -ENOMEM;
        if ((holder && take_holder(&report->holder, holder) < 0) ||
            (former && holder_copy(&report->former, former) < 0) || fill(l, report, e, now) < 0 ||
            tell_more(l, report, e) < 0)
                return -ENOMEM;
        return outbox_add(&l->outbox, TAKE_PTR(report));
}

/* How many leaks that are reported together with @e there are. */
static uint64_t count_all(const struct ledger *l, const struct ledger_entry *e)
{
        uint64_t n = 0;

        for (size_t i = 0; i < l->n_entries; i++) {
                const struct ledger_entry *other = l->entries[i];
                n += other->state == LEDGER_LEAKED && !other->ignored && group_is_one(e, other);
        }
        return n;
}

/* Whether anybody but its first holder's process may hold @e. */
static bool is_shared(const struct ledger_entry *e)
{
        for (size_t i = 1; i < e->n_holders; i++)
                if (!holder_same_process(&e->holders[0], &e->holders[i]))
                        return true;
        return e->n_holders_total > e->n_holders;
}

/* Adds to @report, of the first of them, what it says of all @n. */
static int add_group(struct report *report, const struct group_item *items, size_t n)
{
        size_t listed = MIN(n, (size_t)REPORT_LISTED_MAX);
        int r = 0;

        report->n_leaks = n;
        report->n_holders = 0;
        report->more = calloc(listed, sizeof(*report->more));
        if (!report->more)
                return -ENOMEM;
        for (size_t i = 0; i < n && r >= 0; i++) {
                const struct ledger_entry *e = items[i].entry;
                report->n_holders += e->n_holders_total;
                report->n_leaks_shared += is_shared(e);
                report->kinds_differ |= e->holders[0].kind != report->holder.kind;
                if (i > 0 && i < listed)
                        report->more[report->n_more++] = e->id;
                if (e->partial && !report->partial_reason)
                        r = copy_string(e->partial_reason, &report->partial_reason);
        }
        return r;
}

/* Of @h what is true of all that its process holds. */
static struct holder holder_of_all(const struct holder *h)
{
        struct holder all = HOLDER_OF(h->pid, h->pid, -1);

        all.kind = h->kind;
        all.uid = h->uid;
        all.process = process_ref(h->process);
        return all;
}

/* Of the births of all @n, what is the same of each: not the time. NULL where they are not of one
 * place. 0 or -ENOMEM. */
static int birth_of_all(const struct group_item *items, size_t n, struct birth **ret)
{
        struct birth *first = items[0].entry->holders[0].birth;

        *ret = NULL;
        for (size_t i = 0; i < n; i++) {
                const struct birth *b = items[i].entry->holders[0].birth;
                if (!first || !b || !birth_same_place(first, b))
                        return 0;
        }
        *ret = birth_stack_shorten(first);
        if (!*ret)
                return -ENOMEM;
        (*ret)->opened_usec = (*ret)->opened_boot_usec = 0;
        return 0;
}

int changes_report_group(struct ledger *l, enum ledger_change_kind kind,
                         const struct group_item *items, size_t n, const struct ledger_time *now)
{
        const struct ledger_entry *first = items[0].entry;
        const struct holder *h = first->n_holders > 0 ? &first->holders[0] : NULL;
        _cleanup_(report_freep) struct report *report = report_new(kind, now, l->sequence);
        int r = report ? fill(l, report, first, now) : -ENOMEM;

        if (r >= 0 && n > 1) {
                report->holder = holder_of_all(h);
                r = birth_of_all(items, n, &report->holder.birth);
                if (r >= 0)
                        r = add_group(report, items, n);
        } else if (r >= 0) {
                r = h ? take_holder(&report->holder, h) : 0;
                if (r >= 0)
                        r = tell_more(l, report, first);
        }
        if (r < 0)
                return r;
        uint64_t all = count_all(l, first);
        report->n_leaks_all = all > 1 ? all : 0;
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
