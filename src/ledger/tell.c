/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger/tell.h"

#include "ledger/changes.h"
#include "ledger/evidence.h"

/* From here on what was said of @e is known. @ret_former: whom the last report named. 0 or -ENOMEM.
 */
static int note_told(const struct update *u, struct ledger_entry *e, struct holder *ret_former)
{
        *ret_former = e->told_holder;
        e->told_holder = (struct holder){};
        e->told = true;
        e->told_boot_usec = u->now->boottime_usec;
        if (e->n_holders == 0)
                return 0;
        int r = holder_copy(&e->told_holder, &e->holders[0]);
        e->told_holder.birth = birth_unref(e->told_holder.birth);
        return r;
}

/* Whether subscribers know of the change already, of which the journal does not. */
static bool is_late(const struct ledger_entry *e, enum ledger_change_kind kind)
{
        return e->held == (unsigned)kind || (e->collected && kind == LEDGER_CHANGE_LEAKED);
}

/* What subscribers and the journal are told: what is wrong with @e, where @kind is the alert. */
static enum ledger_change_kind change_of(const struct ledger_entry *e, enum ledger_change_kind kind)
{
        return kind == LEDGER_CHANGE_LEAKED ? ledger_change_alert(e->finding) : kind;
}

/* Not now: its share has had what it may. It is counted, and tried again with the next census
 * unless a summary has told of it. The change itself is told to subscribers once. */
static int hold_back(const struct update *u, enum ledger_change_kind kind, struct ledger_entry *e,
                     bool changed)
{
        bool late = is_late(e, kind);

        if (e->held != (unsigned)kind) {
                ledger_store_unhold(e);
                e->held = (unsigned)kind;
                e->share->held[kind]++;
        }
        if (late && !changed)
                return 0;
        return changes_add(u->l, late ? LEDGER_CHANGE_UPDATED : change_of(e, kind), e, NULL,
                           u->now);
}

/* The change, for which a report is made. @ret_former as of note_told(). */
static int note_change(const struct update *u, enum ledger_change_kind kind, struct ledger_entry *e,
                       struct holder *ret_former)
{
        bool late = is_late(e, kind);
        int r = note_told(u, e, ret_former);

        ledger_store_unhold(e);
        if (r < 0)
                return r;
        return changes_add(u->l, late ? LEDGER_CHANGE_UPDATED : change_of(e, kind), e, NULL,
                           u->now);
}

static int tell_holder_changed(const struct update *u, struct ledger_entry *e, bool changed)
{
        const enum ledger_change_kind kind = LEDGER_CHANGE_HOLDER_CHANGED;
        struct holder former = {};
        int r;

        if (!outbox_admit(&u->l->outbox, e->share, u->now))
                return hold_back(u, kind, e, changed);
        r = note_change(u, kind, e, &former);
        if (r >= 0)
                r = changes_report(u->l, kind, e, e->n_holders > 0 ? &e->holders[0] : NULL, &former,
                                   u->now);
        holder_clear(&former);
        return r;
}

/* To be told when all is known that the holder has leaked. */
static int tell_later(const struct update *u, enum ledger_change_kind kind, struct ledger_entry *e,
                      bool changed)
{
        return group_list_add(u->reports, &(struct group_item){kind, e, changed});
}

/* Whether the holder the operator was told about is gone while others go on. What matters is the
 * process: another fd of the same one is no news. */
static bool told_holder_gone(const struct update *u, const struct ledger_entry *e)
{
        const struct census *c = u->census;

        if (e->told_holder.pid == 0 || e->n_holders == 0)
                return false;
        for (size_t i = 0; i < e->n_holders; i++)
                if (holder_same_process(&e->holders[i], &e->told_holder))
                        return false;
        /* It may be among those that are counted but not listed. */
        if (e->n_holders_total > e->n_holders)
                for (size_t i = 0; i < c->n_processes; i++)
                        if (c->processes[i]->pid == e->told_holder.pid &&
                            c->processes[i]->start_ticks == holder_start_ticks(&e->told_holder))
                                return false;
        return evidence_holder_gone(&e->told_holder, c);
}

static bool reminder_due(const struct update *u, const struct ledger_entry *e)
{
        uint64_t repeat = u->l->settings.repeat_usec;

        return repeat > 0 && repeat < UINT64_MAX &&
               u->now->boottime_usec - e->told_boot_usec >= repeat;
}

int tell_review(const struct update *u, struct ledger_entry *e, const struct netns *ns)
{
        int changed = observe(e, ns, &u->observation);

        if (changed < 0)
                return changed;
        if (!e->ignored) {
                if (!e->told)
                        return tell_later(u, LEDGER_CHANGE_LEAKED, e, changed);
                if (told_holder_gone(u, e))
                        return tell_holder_changed(u, e, changed);
                if (reminder_due(u, e))
                        return tell_later(u, LEDGER_CHANGE_REMINDER, e, changed);
        }
        ledger_store_unhold(e);
        return changed ? changes_add(u->l, LEDGER_CHANGE_UPDATED, e, NULL, u->now) : 0;
}

int tell_alert(const struct update *u, struct ledger_entry *e, const struct netns *ns)
{
        int r = observe(e, ns, &u->observation);

        if (r < 0)
                return r;
        e->leaked_usec = u->now->realtime_usec;
        e->leaked_boot_usec = u->now->boottime_usec;
        if (e->ignored)
                return changes_add(u->l, change_of(e, LEDGER_CHANGE_LEAKED), e, NULL, u->now);
        return tell_later(u, LEDGER_CHANGE_LEAKED, e, true);
}

int tell_resolve(const struct update *u, struct ledger_entry *e)
{
        int r = changes_add(u->l, LEDGER_CHANGE_RESOLVED, e, NULL, u->now);

        /* Who never heard of the leak need not hear of its end. */
        if (r < 0 || !e->told)
                return r;
        if (!outbox_admit(&u->l->outbox, e->share, u->now)) {
                e->share->held[LEDGER_CHANGE_RESOLVED]++;
                return 0;
        }
        return changes_report(u->l, LEDGER_CHANGE_RESOLVED, e,
                              e->told_holder.pid ? &e->told_holder : NULL, NULL, u->now);
}

/* An alert that cannot name who holds the leak, as that was not looked for yet, waits so long at
 * most.
 */
#define HOLDERS_USEC (60 * USEC_PER_SEC)

/* When @e may be told of; 0: now. Its holder may have been named a moment ago. */
static uint64_t alert_due(const struct update *u, const struct ledger_entry *e)
{
        const struct holder *h = group_holder(e);
        uint64_t now = u->now->boottime_usec;

        if (h)
                return pace_due(&u->l->pace, e->share->share.name, h, now);
        if (e->unsought && e->n_holders == 0 && now - e->leaked_boot_usec < HOLDERS_USEC)
                return e->leaked_boot_usec + HOLDERS_USEC;
        return 0;
}

/* Not now. */
static int collect(const struct update *u, const struct group_item *item)
{
        struct ledger_entry *e = item->entry;
        bool late = is_late(e, item->kind);

        ledger_store_unhold(e);
        e->collected = true;
        if (late && !item->changed)
                return 0;
        return changes_add(u->l, late ? LEDGER_CHANGE_UPDATED : change_of(e, item->kind), e, NULL,
                           u->now);
}

static int collect_all(const struct update *u, const struct group_item *items, size_t n,
                       uint64_t due)
{
        uint64_t *first = &u->l->collected_boot_usec;
        int r = 0;

        *first = *first ? MIN(*first, due) : due;
        for (size_t i = 0; i < n && r >= 0; i++)
                r = collect(u, &items[i]);
        return r;
}

static int hold_back_all(const struct update *u, const struct group_item *items, size_t n)
{
        int r = 0;

        for (size_t i = 0; i < n && r >= 0; i++)
                r = hold_back(u, items[i].kind, items[i].entry, items[i].changed);
        return r;
}

/* One report of all @n. */
static int tell_group(const struct update *u, const struct group_item *items, size_t n)
{
        struct ledger_entry *first = items[0].entry;
        bool alerts = items[0].kind == LEDGER_CHANGE_LEAKED;
        uint64_t due = alerts ? alert_due(u, first) : 0;
        const struct holder *h = group_holder(first);
        int r = 0;

        if (due > 0)
                return collect_all(u, items, n, due);
        if (!outbox_admit(&u->l->outbox, first->share, u->now))
                return hold_back_all(u, items, n);
        for (size_t i = 0; i < n && r >= 0; i++) {
                struct holder former = {};
                r = note_change(u, items[i].kind, items[i].entry, &former);
                holder_clear(&former);
        }
        if (r >= 0)
                r = changes_report_group(u->l, change_of(first, items[0].kind), items, n, u->now);
        if (r >= 0 && alerts && h)
                pace_note(&u->l->pace, first->share->share.name, h, u->now->boottime_usec);
        return r;
}

int tell_together(const struct update *u)
{
        int r = 0;

        pace_prune(&u->l->pace, u->now->boottime_usec);
        u->l->collected_boot_usec = 0;
        group_list_sort(u->reports);
        for (size_t i = 0, n; i < u->reports->n && r >= 0; i += n) {
                n = group_list_length(u->reports, i);
                r = tell_group(u, &u->reports->items[i], n);
        }
        return r;
}

/* What a summary of @s has told of is told. */
static int note_summarized(const struct update *u, const struct ledger_share *s)
{
        for (size_t i = 0; i < u->l->n_entries; i++) {
                struct ledger_entry *e = u->l->entries[i];
                struct holder former;
                if (e->held == 0 || e->share != s)
                        continue;
                e->held = 0;
                int r = note_told(u, e, &former);
                holder_clear(&former);
                if (r < 0)
                        return r;
        }
        return 0;
}

int tell_summaries(const struct update *u)
{
        struct ledger *l = u->l;

        FAIR_SHARE_FOREACH(&l->shares, one) {
                struct ledger_share *s = ledger_share_of(one);
                int r = changes_summary(l, s, u->now);
                if (r > 0)
                        r = note_summarized(u, s);
                if (r < 0)
                        return r;
        }
        return 0;
}
