/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger/observe.h"

#include <string.h>

#include "ledger/ignore.h"
#include "ledger/share.h"
#include "util/text.h"

/* The holder that held the same before, or NULL. */
static const struct holder *former_find(const struct ledger_entry *e, const struct holder *h)
{
        for (size_t i = 0; i < e->n_holders; i++) {
                const struct holder *old = &e->holders[i];
                if (old->kind == h->kind && old->pid == h->pid && old->tid == h->tid &&
                    old->fd == h->fd && old->socket_inode == h->socket_inode)
                        return old;
        }
        return NULL;
}

/* A process that ended while the census was made cannot be described, or not wholly: what @h
 * lacks is known from before. 0 or -ENOMEM. */
static int complete_process(struct holder *h, const struct process *old)
{
        struct process *whole;

        if (!old || (h->process->start_ticks && h->process->start_ticks != old->start_ticks))
                return 0;
        whole = process_copy(h->process);
        if (!whole)
                return -ENOMEM;
        process_unref(h->process);
        h->process = whole;
        whole->start_ticks = old->start_ticks;
        if ((!whole->comm && old->comm && !(whole->comm = strdup(old->comm))) ||
            (!whole->unit && old->unit && !(whole->unit = strdup(old->unit))))
                return -ENOMEM;
        return 0;
}

/* The holder @h as the ledger keeps it: without what may change of it. 0, or -ENOMEM with *ret all
 * zero. */
static int holder_take(struct holder *ret, const struct holder *h, const struct ledger_entry *e)
{
        const struct holder *old = h->process && h->process->gone ? former_find(e, h) : NULL;

        if (holder_copy(ret, h) < 0)
                return -ENOMEM;
        ret->depth = 0;
        ret->device_netns = 0;
        ret->checked = false;
        if (!old || complete_process(ret, old->process) >= 0)
                return 0;
        holder_clear(ret);
        *ret = (struct holder){};
        return -ENOMEM;
}

static int holders_from_census(const struct netns *ns, const struct ledger_entry *e,
                               struct holder **ret, size_t *ret_n)
{
        struct holder *holders = calloc(ns->n_holders + 1, sizeof(*holders));
        size_t n = 0;

        if (!holders)
                return -ENOMEM;
        for (size_t i = 0; i < ns->n_holders; i++) {
                /* Others are in it rightly. */
                if (e->finding == LEDGER_FINDING_STRAY_THREAD && !ns->holders[i].home_inode)
                        continue;
                if (holder_take(&holders[n++], &ns->holders[i], e) < 0) {
                        holder_free_array(holders, n - 1);
                        return -ENOMEM;
                }
        }
        *ret = holders;
        *ret_n = n;
        return 0;
}

/* What is beyond the share's is known while a census shows it. */
static void keep_births(struct holder *holders, size_t n, struct ledger_share *share, uint64_t *all)
{
        size_t kept = 0;

        for (size_t i = 0; i < n; i++) {
                if (!holders[i].birth)
                        continue;
                if (kept < LEDGER_BIRTHS_ENTRY && ledger_share_keep_birth(share, all))
                        kept++;
                else
                        holders[i].birth = birth_unref(holders[i].birth);
        }
}

/* That its frames have got names is a change. */
static bool same_birth(const struct birth *a, const struct birth *b)
{
        return a && b ? a == b || birth_same_place(a, b) : a == b;
}

static bool holders_equal(const struct ledger_entry *e, const struct holder *holders, size_t n)
{
        if (e->n_holders != n)
                return false;
        for (size_t i = 0; i < n; i++)
                if (!holder_equal(&e->holders[i], &holders[i]) ||
                    !same_birth(e->holders[i].birth, holders[i].birth))
                        return false;
        return true;
}

/* Whatever the name was lacking, a better look may add. */
static bool identity_complete(struct netns_identity *id, const struct netns_identity *seen)
{
        struct netns_identity old = *id;

        if (netns_is_nameless(seen)) {
                /* Another holder's, where the one that it was known by is gone. */
                if (!netns_is_nameless(id))
                        return false;
                id->nameless = seen->nameless;
                return memcmp(&old, id, sizeof(old)) != 0;
        }
        if (seen->inode)
                id->inode = seen->inode;
        if (seen->cookie)
                id->cookie = seen->cookie;
        id->nameless = (struct nameless){};
        return memcmp(&old, id, sizeof(old)) != 0;
}

int observe(struct ledger_entry *e, const struct netns *ns, const struct observation *o)
{
        _cleanup_free_ char *reason = NULL;
        struct holder *holders;
        bool changed, partial = ns->partial, ignored;
        size_t n_holders;
        uint64_t n_total =
                e->finding == LEDGER_FINDING_STRAY_THREAD ? ns->strays : netns_holder_count(ns);

        if (partial) {
                reason = strdup(text_or(o->partial_reason, "the view of the host is incomplete"));
                if (!reason)
                        return -ENOMEM;
                reason = text_shorten(reason);
        }
        if (holders_from_census(ns, e, &holders, &n_holders) < 0)
                return -ENOMEM;

        changed = identity_complete(&e->id, &ns->id);
        /* A rule must match all that are listed, kept or not. */
        ignored = ignore_matches(o->settings, &e->id, holders, n_holders);
        size_t n_kept = ledger_share_keep_holders(e->share, o->n_holders_kept, n_holders);
        for (size_t i = n_kept; i < n_holders; i++)
                holder_clear(&holders[i]);
        keep_births(holders, n_kept, e->share, o->n_births_kept);
        changed |= !holders_equal(e, holders, n_kept);
        holder_free_array(e->holders, e->n_holders);
        e->holders = holders;
        e->n_holders = n_kept;
        e->trimmed = n_kept < n_holders;
        changed |= e->n_holders_total != n_total;
        e->n_holders_total = n_total;
        changed |= e->partial != partial || e->unconfirmed;
        e->partial = partial;
        e->unconfirmed = false;
        free(e->partial_reason);
        e->partial_reason = TAKE_PTR(reason);
        changed |= e->ignored != ignored;
        e->ignored = ignored;

        e->n_censuses++;
        e->last_seen_usec = o->now->realtime_usec;
        e->last_seen_boot_usec = o->now->boottime_usec;
        e->by_bpf = o->by_bpf;
        e->unsought = ns->references.unsought;
        return changed;
}

void observe_not(const struct ledger_entry *e, const struct observation *o)
{
        (void)ledger_share_keep_holders(e->share, o->n_holders_kept, e->n_holders);
        for (size_t i = 0; i < e->n_holders; i++)
                if (e->holders[i].birth)
                        (void)ledger_share_keep_birth(e->share, o->n_births_kept);
}
