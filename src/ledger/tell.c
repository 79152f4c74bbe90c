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
        return e->n_holders > 0 ? holder_copy(&e->told_holder, &e->holders[0]) : 0;
}

/* Not now: its share has had what it may. It is counted, and tried again with the next census
 * unless a summary has told of it. The change itself is told to subscribers once. */
static int hold_back(const struct update *u, enum ledger_change_kind kind, struct ledger_entry *e,
                     bool changed)
{
        if (e->held == (unsigned)kind)
                return changed ? changes_add(u->l, LEDGER_CHANGE_UPDATED, e, NULL, u->now) : 0;
        ledger_store_unhold(e);
        e->held = (unsigned)kind;
        e->share->held[kind]++;
        return changes_add(u->l, kind, e, NULL, u->now);
}

/* The change and, for those who shall hear of it, the report that names the first holder. */
static int tell(const struct update *u, enum ledger_change_kind kind, struct ledger_entry *e,
                bool changed)
{
        struct holder former;
        bool late = e->held == (unsigned)kind;
        int r;

        if (!outbox_admit(&u->l->outbox, e->share, u->now))
                return hold_back(u, kind, e, changed);
        ledger_store_unhold(e);
        r = note_told(u, e, &former);
        if (r >= 0)
                r = changes_add(u->l, late ? LEDGER_CHANGE_UPDATED : kind, e, NULL, u->now);
        if (r >= 0)
                r = changes_report(u->l, kind, e, e->n_holders > 0 ? &e->holders[0] : NULL,
                                   kind == LEDGER_CHANGE_HOLDER_CHANGED ? &former : NULL, u->now);
        holder_clear(&former);
        return r;
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
                        return tell(u, LEDGER_CHANGE_LEAKED, e, changed);
                if (told_holder_gone(u, e))
                        return tell(u, LEDGER_CHANGE_HOLDER_CHANGED, e, changed);
                if (reminder_due(u, e))
                        return tell(u, LEDGER_CHANGE_REMINDER, e, changed);
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
                return changes_add(u->l, LEDGER_CHANGE_LEAKED, e, NULL, u->now);
        return tell(u, LEDGER_CHANGE_LEAKED, e, true);
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
