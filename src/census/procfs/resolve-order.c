/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/resolve-order.h"

#include "util/compare.h"

struct place {
        struct netns *ns;
        size_t rank; /* among the orphans of its owner; 0 for one in use */
};

static bool is_orphan(const struct place *p)
{
        return p->ns->verdict == VERDICT_ORPHANED;
}

static uint64_t owner(const struct place *p)
{
        return p->ns->has_owner ? p->ns->charged_uid : UID_UNKNOWN;
}

static int compare_owner(const void *pa, const void *pb)
{
        const struct place *a = pa, *b = pb;
        int r = compare_u64(is_orphan(a), is_orphan(b));

        if (r == 0)
                r = compare_u64(owner(a), owner(b));
        return r ? r : compare_u64(a->ns->id.inode, b->ns->id.inode);
}

static int compare_rank(const void *pa, const void *pb)
{
        const struct place *a = pa, *b = pb;
        int r = compare_u64(is_orphan(a), is_orphan(b));

        if (r == 0)
                r = compare_u64(a->rank, b->rank);
        return r ? r : compare_owner(pa, pb);
}

int resolve_order(struct netns **known, size_t n)
{
        _cleanup_free_ struct place *places = calloc(n + 1, sizeof(*places));

        if (!places)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++)
                places[i].ns = known[i];
        qsort(places, n, sizeof(*places), compare_owner);
        for (size_t i = 1; i < n; i++)
                if (is_orphan(&places[i]) && is_orphan(&places[i - 1]) &&
                    owner(&places[i]) == owner(&places[i - 1]))
                        places[i].rank = places[i - 1].rank + 1;
        qsort(places, n, sizeof(*places), compare_rank);
        for (size_t i = 0; i < n; i++)
                known[i] = places[i].ns;
        return 0;
}
