/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger/finding.h"

#include "ledger/evidence.h"

static bool is_wanted(enum ledger_finding finding, const struct ledger_settings *settings)
{
        switch (finding) {
        case LEDGER_FINDING_UNNAMED:
                return settings->unnamed;
        case LEDGER_FINDING_STRAY_THREAD:
                return settings->stray_threads;
        default:
                return true;
        }
}

enum ledger_finding finding_of(const struct netns *ns, const struct ledger_settings *settings)
{
        if (ns->verdict == VERDICT_ORPHANED)
                return ns->waits ? _LEDGER_FINDING_MAX : LEDGER_FINDING_ORPHAN;
        if (settings->unnamed && ns->unnamed)
                return LEDGER_FINDING_UNNAMED;
        if (settings->stray_threads && ns->verdict == VERDICT_ATTACHED && ns->strays > 0)
                return LEDGER_FINDING_STRAY_THREAD;
        return _LEDGER_FINDING_MAX;
}

bool finding_is_pinned_unseen(const struct netns *ns)
{
        if (ns->unseen_reference)
                return true;
        if (ns->count[HOLDER_NSFS_FD] > 0 || ns->nsfs_in_flight)
                return false;
        for (size_t i = 0; i < ns->n_holders; i++)
                if (ns->holders[i].kind == HOLDER_NSFS_MOUNT && ns->holders[i].path)
                        return false;
        return ns->count[HOLDER_NSFS_MOUNT] > 0;
}

/* Of one that was an orphan and is none now. */
static enum ledger_event orphan_event(const struct ledger_entry *e, const struct netns *ns)
{
        if (ns->verdict == VERDICT_ATTACHED)
                return LEDGER_EVENT_ATTACHED;
        if (ns->waits)
                return LEDGER_EVENT_UNPROVEN;
        /* A reference that shows nowhere may be the last of a process that has just been killed,
         * or somebody's passing look: it counts when the next census sees it too. */
        return finding_is_pinned_unseen(ns) && !e->unseen_reference ? LEDGER_EVENT_PINNED_UNSEEN
                                                                    : LEDGER_EVENT_PINNED;
}

/* Of one that was unnamed and is not now. What the view lacks may be all that has changed, and
 * procfs may not see a file that BPF has seen. */
static enum ledger_event unnamed_event(const struct ledger_entry *e, const struct netns *ns,
                                       const struct census *c)
{
        if (ns->verdict == VERDICT_ATTACHED)
                return LEDGER_EVENT_ATTACHED;
        if (ns->waits)
                return LEDGER_EVENT_UNPROVEN;
        if (ns->verdict == VERDICT_ORPHANED)
                return ns->partial && e->by_bpf && !census_is_by_bpf(c) ? LEDGER_EVENT_UNPROVEN
                                                                        : LEDGER_EVENT_UNPINNED;
        return ns->count[HOLDER_NSFS_MOUNT] > 0 ? LEDGER_EVENT_PINNED : LEDGER_EVENT_UNPROVEN;
}

/* Of one that had stray threads of which none shows. */
static enum ledger_event stray_event(const struct ledger_entry *e, const struct census *c)
{
        if (!c->strays)
                return LEDGER_EVENT_UNPROVEN;
        if (c->coverage.tasks_complete)
                return LEDGER_EVENT_LEFT;
        for (size_t i = 0; i < e->n_holders; i++)
                if (!evidence_holder_gone(&e->holders[i], c))
                        return LEDGER_EVENT_UNPROVEN;
        return e->n_holders_total > e->n_holders ? LEDGER_EVENT_UNPROVEN : LEDGER_EVENT_LEFT;
}

enum ledger_event finding_event(const struct ledger_entry *e, const struct netns *ns, bool gone,
                                const struct ledger_settings *settings, const struct census *c,
                                const struct ledger_time *now)
{
        if (!is_wanted(e->finding, settings))
                return LEDGER_EVENT_OFF;
        if (!ns)
                return gone ? LEDGER_EVENT_GONE : LEDGER_EVENT_UNPROVEN;
        if (finding_of(ns, settings) == e->finding) {
                /* This census would be the second at least. */
                bool due = e->n_censuses >= 1 &&
                           ledger_entry_age(e, now->boottime_usec) >= settings->grace_usec;
                return due ? LEDGER_EVENT_DUE : LEDGER_EVENT_ORPHANED;
        }
        switch (e->finding) {
        case LEDGER_FINDING_UNNAMED:
                return unnamed_event(e, ns, c);
        case LEDGER_FINDING_STRAY_THREAD:
                return stray_event(e, c);
        default:
                return orphan_event(e, ns);
        }
}
