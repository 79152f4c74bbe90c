/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger/observe.h"

#include <string.h>

#include "ledger/ignore.h"
#include "util/text.h"

static int holders_from_census(const struct netns *ns, struct ledger_holder **ret)
{
        struct ledger_holder *holders = calloc(ns->n_holders + 1, sizeof(*holders));

        if (!holders)
                return -ENOMEM;
        for (size_t i = 0; i < ns->n_holders; i++)
                if (ledger_holder_from_census(&holders[i], &ns->holders[i]) < 0) {
                        ledger_holders_free(holders, i);
                        return -ENOMEM;
                }
        *ret = holders;
        return 0;
}

static bool holders_equal(const struct ledger_entry *e, const struct ledger_holder *holders,
                          size_t n)
{
        if (e->n_holders != n)
                return false;
        for (size_t i = 0; i < n; i++)
                if (!ledger_holder_equal(&e->holders[i], &holders[i]))
                        return false;
        return true;
}

/* Whatever the name was lacking, a better look may add. */
static bool identity_complete(struct netns_identity *id, const struct netns_identity *seen)
{
        struct netns_identity old = *id;

        if (seen->anonymous)
                return false;
        if (seen->inode)
                id->inode = seen->inode;
        if (seen->cookie)
                id->cookie = seen->cookie;
        id->anonymous = 0;
        return memcmp(&old, id, sizeof(old)) != 0;
}

int observe(struct ledger_entry *e, const struct netns *ns, const struct observation *o)
{
        _cleanup_free_ char *reason = NULL;
        struct ledger_holder *holders;
        bool changed, partial = ns->partial, ignored;

        if (partial) {
                reason = strdup(text_or(o->partial_reason, "the view of the host is incomplete"));
                if (!reason)
                        return -ENOMEM;
        }
        if (holders_from_census(ns, &holders) < 0)
                return -ENOMEM;

        changed = !holders_equal(e, holders, ns->n_holders);
        ledger_holders_free(e->holders, e->n_holders);
        e->holders = holders;
        e->n_holders = ns->n_holders;
        changed |= e->n_holders_total != netns_holder_count(ns);
        e->n_holders_total = netns_holder_count(ns);
        changed |= identity_complete(&e->id, &ns->id);
        changed |= e->partial != partial || e->unconfirmed;
        e->partial = partial;
        e->unconfirmed = false;
        free(e->partial_reason);
        e->partial_reason = TAKE_PTR(reason);
        ignored = ignore_matches(o->settings, e);
        changed |= e->ignored != ignored;
        e->ignored = ignored;

        e->n_censuses++;
        e->last_serial = o->serial;
        e->last_seen_usec = o->now->realtime_usec;
        e->last_seen_boot_usec = o->now->boottime_usec;
        return changed;
}
