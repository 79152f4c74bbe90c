/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/verdict.h"

enum verdict verdict_of(const struct netns *ns)
{
        if (ns->count[HOLDER_TASK] > 0)
                return VERDICT_ATTACHED;
        if (ns->count[HOLDER_NSFS_FD] > 0 || ns->count[HOLDER_NSFS_MOUNT] > 0 ||
            ns->nsfs_in_flight || ns->unseen_reference || ns->disputed)
                return VERDICT_PINNED;
        return VERDICT_ORPHANED;
}

/* Whether something that holds the namespace in question may have gone unseen. That there is
 * another one which nothing leads to, says nothing of that. */
static bool may_hide_holders(const struct coverage *coverage)
{
        for (enum coverage_gap gap = 0; gap < _COVERAGE_GAP_MAX; gap++)
                if (gap != GAP_NETNS_UNSEEN && coverage->gaps[gap].count > 0)
                        return true;
        return false;
}

bool verdict_is_partial(const struct netns *ns, const struct coverage *coverage)
{
        if (ns->disputed || ns->waits)
                return true;
        switch (ns->verdict) {
        case VERDICT_ATTACHED:
                return false;
        case VERDICT_PINNED:
                return !coverage->tasks_complete;
        default:
                return !coverage->tasks_complete || (may_hide_holders(coverage) && !ns->witnessed);
        }
}

struct verdict_pin verdict_pin_of(const struct netns *ns, const struct coverage *coverage)
{
        uint64_t mounts = ns->count[HOLDER_NSFS_MOUNT];

        if (ns->verdict != VERDICT_PINNED || ns->disputed || ns->unseen_reference || ns->waits ||
            verdict_is_partial(ns, coverage))
                return (struct verdict_pin){};
        return (struct verdict_pin){
                .unnamed = mounts == 0 && coverage->gaps[GAP_MOUNTS_UNREADABLE].count == 0,
                .empty = mounts > 0 && netns_holder_count(ns) == mounts &&
                         (ns->references.known || !may_hide_holders(coverage)),
        };
}
