/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger/evidence.h"

#include <string.h>
#include <sys/socket.h>

#include "ledger/index.h"
#include "util/array.h"

static const struct blind_process *blind_find(const struct census *c, pid_t pid,
                                              uint64_t start_ticks)
{
        size_t place = ARRAY_LOWER_BOUND(c->blind, c->n_blind, .pid, pid);

        if (place == c->n_blind || c->blind[place].pid != pid ||
            (c->blind[place].start_ticks && c->blind[place].start_ticks != start_ticks))
                return NULL;
        return &c->blind[place];
}

bool evidence_holder_gone(const struct holder *h, const struct census *c)
{
        const struct coverage_count *gaps = c->coverage.gaps;

        /* A process that is hidden looks as if it had ended, and a failure that is nobody's may
         * have hidden anybody. */
        if (gaps[GAP_HIDDEN_PROCESSES].count > 0 ||
            (gaps[GAP_FAULT].count > 0 && gaps[GAP_FAULT].first_pid == 0))
                return false;
        return !blind_find(c, h->pid, holder_start_ticks(h));
}

/* Everything by which a namespace of the census is found again among the entries. */
struct lookup {
        struct index cookies, inodes, files, sockets; /* → entry */
        struct index netns_inodes;                    /* → namespace of the census */
        struct index absent; /* cookie → namespace that was asked about */
        /* CLOCK_BOOTTIME since when the newest nameless namespace is known. It was proved to be
         * none of those that were known then; what was not seen any more then may be it. */
        uint64_t latest_nameless_usec;
};

static void lookup_deinit(struct lookup *l)
{
        index_deinit(&l->cookies);
        index_deinit(&l->inodes);
        index_deinit(&l->files);
        index_deinit(&l->sockets);
        index_deinit(&l->netns_inodes);
        index_deinit(&l->absent);
}

static int lookup_init(struct lookup *l, struct ledger_entry *const *entries, size_t n,
                       const struct census *c)
{
        int r = 0;

        for (size_t i = 0; i < n && r >= 0; i++) {
                const struct ledger_entry *e = entries[i];
                r = index_add(&l->cookies, e->id.cookie, i);
                if (r >= 0)
                        r = index_add(&l->inodes, e->id.inode, i);
                if (r >= 0)
                        r = index_add(&l->files, e->id.nameless.file_inode, i);
                for (size_t k = 0; k < e->n_holders && r >= 0; k++)
                        r = index_add(&l->sockets, e->holders[k].socket_inode, i);
        }
        for (size_t i = 0; i < c->n_namespaces && r >= 0; i++)
                r = index_add(&l->netns_inodes, c->namespaces[i].id.inode, i);
        for (size_t i = 0; i < c->n_absent && r >= 0; i++)
                r = index_add(&l->absent, c->absent[i].id.cookie, i);
        if (r < 0)
                return r;
        index_sort(&l->cookies);
        index_sort(&l->inodes);
        index_sort(&l->files);
        index_sort(&l->sockets);
        index_sort(&l->netns_inodes);
        index_sort(&l->absent);
        return 0;
}

static bool same_process(const struct holder *a, const struct holder *b)
{
        return a->pid != 0 && a->pid == b->pid && b->process &&
               holder_start_ticks(a) == holder_start_ticks(b);
}

static bool holds_the_same(const struct holder *a, const struct holder *b)
{
        if (a->socket_inode != 0 && a->socket_inode == b->socket_inode)
                return true;
        return same_process(a, b);
}

/* Without cookies (before Linux 5.14) a reused inode number looks like the old namespace. It is
 * taken for the old one only if the two have a holder in common, or nothing proves otherwise. */
static bool plausible(const struct ledger_entry *e, const struct netns *ns, const struct census *c)
{
        bool any_left = false;

        if (e->id.cookie && ns->id.cookie)
                return e->id.cookie == ns->id.cookie;
        /* Tasks and mounts say nothing of the sockets of before, nor does what was not seen. */
        if (ns->verdict != VERDICT_ORPHANED || !c->coverage.complete)
                return true;
        for (size_t i = 0; i < e->n_holders; i++) {
                for (size_t k = 0; k < ns->n_holders; k++)
                        if (holds_the_same(&e->holders[i], &ns->holders[k]))
                                return true;
                any_left |= !evidence_holder_gone(&e->holders[i], c);
        }
        return any_left || e->n_holders_total > e->n_holders ||
               netns_holder_count(ns) > ns->n_holders;
}

static bool share_a_process(const struct ledger_entry *e, const struct netns *ns)
{
        for (size_t i = 0; i < e->n_holders; i++)
                for (size_t k = 0; k < ns->n_holders; k++)
                        if (same_process(&e->holders[i], &ns->holders[k]))
                                return true;
        return false;
}

/* Sockets and files below /proc/…/net are numbered apart. */
static bool same_file(const struct nameless *a, const struct nameless *b)
{
        return a->file_inode == b->file_inode &&
               (a->kind == HOLDER_PROC_NET_FILE) == (b->kind == HOLDER_PROC_NET_FILE);
}

/* The entry of the nameless namespace @ns: that of the same holder; else, where that one is gone,
 * of the same file and another process that had it open by then. The number of the file alone
 * proves nothing, it is used again. */
static size_t find_nameless(const struct lookup *l, struct ledger_entry *const *entries,
                            const struct netns *ns)
{
        size_t n, found = EVIDENCE_NONE;
        const struct index_item *items = index_find_all(&l->files, ns->id.nameless.file_inode, &n);

        for (size_t i = 0; i < n; i++) {
                const struct ledger_entry *e = entries[items[i].place];
                if (netns_identity_equal(&e->id, &ns->id))
                        return items[i].place;
                if (found == EVIDENCE_NONE && same_file(&e->id.nameless, &ns->id.nameless) &&
                    share_a_process(e, ns))
                        found = items[i].place;
        }
        return found;
}

/* The entry that names the same namespace as @ns by itself. */
static size_t find_by_name(const struct lookup *l, struct ledger_entry *const *entries,
                           const struct netns *ns, const struct census *c)
{
        const struct index_item *items;
        size_t n, found = index_find(&l->cookies, ns->id.cookie);

        if (found != EVIDENCE_NONE)
                return found;
        if (netns_is_nameless(&ns->id))
                return find_nameless(l, entries, ns);
        items = index_find_all(&l->inodes, ns->id.inode, &n);
        for (size_t i = 0; i < n; i++)
                if (plausible(entries[items[i].place], ns, c))
                        return items[i].place;
        return EVIDENCE_NONE;
}

/* Whether a holder of @e is the socket @inode in the process of @h. */
static bool held_socket(const struct ledger_entry *e, uint64_t inode, const struct holder *h)
{
        for (size_t i = 0; i < e->n_holders; i++)
                if (e->holders[i].socket_inode == inode && same_process(&e->holders[i], h))
                        return true;
        return false;
}

/* The nameless entry that is known by the file below /proc/…/net that @h has open. */
static size_t find_by_file(const struct lookup *l, struct ledger_entry *const *entries,
                           const struct holder *h)
{
        size_t n;
        const struct index_item *items;

        if (h->kind != HOLDER_PROC_NET_FILE || h->file_inode == 0 || !h->process)
                return EVIDENCE_NONE;
        items = index_find_all(&l->files, h->file_inode, &n);
        for (size_t i = 0; i < n; i++) {
                const struct nameless *known = &entries[items[i].place]->id.nameless;
                if (known->kind == h->kind && known->pid == h->pid &&
                    known->start_ticks == h->process->start_ticks)
                        return items[i].place;
        }
        return EVIDENCE_NONE;
}

/* The entry of which a holder leads to @ns: a socket's namespace never changes, so one that is
 * now only mapped (its namespace unreadable) still holds what it held while it had an fd, and one
 * that was unreadable and is no longer names what was nameless. In the same process: the number of
 * a socket is used again. */
static size_t find_by_socket(const struct lookup *l, struct ledger_entry *const *entries,
                             const struct netns *ns)
{
        const bool nameless = netns_is_nameless(&ns->id);

        for (size_t i = 0; i < ns->n_holders; i++) {
                const struct holder *h = &ns->holders[i];
                size_t n, same_file = nameless ? EVIDENCE_NONE : find_by_file(l, entries, h);
                if (same_file != EVIDENCE_NONE)
                        return same_file;
                const struct index_item *items =
                        index_find_all(nameless ? &l->sockets : &l->files, h->socket_inode, &n);
                for (size_t k = 0; k < n; k++) {
                        const struct ledger_entry *e = entries[items[k].place];
                        if (!nameless && e->id.nameless.kind == HOLDER_PROC_NET_FILE)
                                continue;
                        if (held_socket(e, h->socket_inode, h))
                                return items[k].place;
                }
        }
        return EVIDENCE_NONE;
}

static void match(struct evidence *ev, const struct lookup *l, struct ledger_entry *const *entries,
                  const struct census *c)
{
        /* First by name, so that a guess never takes the place of a fact. */
        for (size_t i = 0; i < c->n_namespaces; i++) {
                size_t found = find_by_name(l, entries, &c->namespaces[i], c);
                ev->entry_of[i] = found;
                if (found != EVIDENCE_NONE && ev->netns_of[found] == EVIDENCE_NONE)
                        ev->netns_of[found] = i;
        }
        for (size_t i = 0; i < c->n_namespaces; i++) {
                if (ev->entry_of[i] != EVIDENCE_NONE)
                        continue;
                size_t found = find_by_socket(l, entries, &c->namespaces[i]);
                ev->entry_of[i] = found;
                if (found != EVIDENCE_NONE && ev->netns_of[found] == EVIDENCE_NONE)
                        ev->netns_of[found] = i;
        }
}

/* What the kernel said of it. */
static enum netns_presence presence_of(const struct ledger_entry *e, const struct lookup *l,
                                       const struct census *c)
{
        size_t i = index_find(&l->absent, e->id.cookie);

        return i == EVIDENCE_NONE || c->absent[i].id.inode != e->id.inode ? NETNS_PRESENCE_UNKNOWN
                                                                          : c->absent[i].presence;
}

/* Whether one of its holders was a TCP socket, which may be sending still with nobody holding it.
 */
static bool may_be_closing(const struct ledger_entry *e, uint64_t boottime_usec)
{
        if (boottime_usec - e->last_seen_boot_usec >= EVIDENCE_TCP_CLOSING_USEC)
                return false;
        for (size_t i = 0; i < e->n_holders; i++)
                if ((e->holders[i].family == AF_INET || e->holders[i].family == AF_INET6) &&
                    e->holders[i].type == SOCK_STREAM)
                        return true;
        return e->n_holders_total > e->n_holders;
}

/* The name of a file below /proc/…/net, NULL for another; *ret_length without "(deleted)". */
static const char *file_name(const char *path, size_t *ret_length)
{
        const char *net = NULL, *deleted;

        for (const char *p = path ? strstr(path, "/net/") : NULL; p; p = strstr(p + 1, "/net/"))
                net = p + strlen("/net/");
        deleted = net ? strstr(net, " (deleted)") : NULL;
        *ret_length = deleted ? (size_t)(deleted - net) : net ? strlen(net) : 0;
        return net;
}

/* Whether @h, of a namespace that cannot be read either, may hold the one that @former held. Two
 * files of one name and different numbers are of two namespaces. */
static bool may_hold_the_same(const struct holder *former, const struct holder *h)
{
        size_t n_a, n_b;
        const char *a = file_name(former->path, &n_a), *b = file_name(h->path, &n_b);

        return !(a && b && n_a == n_b && memcmp(a, b, n_a) == 0);
}

/* Whether something of which it is not known which namespace it holds may hold @e. */
static bool may_be_held(const struct ledger_entry *e, const struct lookup *l,
                        const struct census *c)
{
        if (!netns_is_nameless(&e->id))
                return e->last_seen_boot_usec < l->latest_nameless_usec;
        for (size_t i = 0; e->n_holders > 0 && i < c->n_namespaces; i++)
                if (netns_is_nameless(&c->namespaces[i].id) && c->namespaces[i].n_holders > 0 &&
                    may_hold_the_same(&e->holders[0], &c->namespaces[i].holders[0]))
                        return true;
        return false;
}

/* After match(). */
static uint64_t latest_nameless(const struct evidence *ev, struct ledger_entry *const *entries,
                                const struct census *c)
{
        uint64_t latest = 0;

        for (size_t i = 0; i < c->n_namespaces; i++) {
                if (!netns_is_nameless(&c->namespaces[i].id))
                        continue;
                if (ev->entry_of[i] == EVIDENCE_NONE)
                        return UINT64_MAX;
                latest = MAX(latest, entries[ev->entry_of[i]]->first_seen_boot_usec);
        }
        return latest;
}

/* Whether @e, which @c does not show, is gone for certain, or was missed by a census that would
 * have found it. */
static void judge(const struct ledger_entry *e, const struct lookup *l, const struct census *c,
                  uint64_t boottime_usec, bool *ret_gone, bool *ret_missed)
{
        size_t same = index_find(&l->netns_inodes, e->id.inode);

        /* The number belongs to one living namespace at a time (proc_alloc_inum()), and another
         * has it now. */
        enum netns_presence presence =
                same != EVIDENCE_NONE && !plausible(e, &c->namespaces[same], c)
                        ? NETNS_PRESENCE_GONE
                        : presence_of(e, l, c);
        /* What BPF has found may be nowhere in procfs: there, silence proves nothing. */
        bool may_be_mute = e->by_bpf && !census_is_by_bpf(c);
        *ret_missed = presence == NETNS_PRESENCE_UNKNOWN && c->coverage.complete && !may_be_mute &&
                      !may_be_held(e, l, c) && !may_be_closing(e, boottime_usec);
        *ret_gone = presence == NETNS_PRESENCE_GONE || (*ret_missed && e->n_missed > 0);
}

int evidence_collect(struct evidence *ret, struct ledger_entry *const *entries, size_t n,
                     const struct census *c, uint64_t boottime_usec)
{
        _cleanup_(lookup_deinit) struct lookup lookup = {};
        int r;

        *ret = (struct evidence){
                .netns_of = malloc((n + 1) * sizeof(size_t)),
                .entry_of = malloc((c->n_namespaces + 1) * sizeof(size_t)),
                .confirmed = calloc(n + 1, sizeof(bool)),
                .missed = calloc(n + 1, sizeof(bool)),
        };
        r = ret->netns_of && ret->entry_of && ret->confirmed && ret->missed ? 0 : -ENOMEM;
        if (r >= 0)
                r = lookup_init(&lookup, entries, n, c);
        if (r < 0) {
                evidence_deinit(ret);
                return r;
        }
        for (size_t i = 0; i < n; i++)
                ret->netns_of[i] = EVIDENCE_NONE;
        match(ret, &lookup, entries, c);
        lookup.latest_nameless_usec = latest_nameless(ret, entries, c);
        for (size_t i = 0; i < n; i++)
                if (ret->netns_of[i] == EVIDENCE_NONE)
                        judge(entries[i], &lookup, c, boottime_usec, &ret->confirmed[i],
                              &ret->missed[i]);
        return 0;
}

void evidence_deinit(struct evidence *e)
{
        free(e->netns_of);
        free(e->entry_of);
        free(e->confirmed);
        free(e->missed);
        *e = (struct evidence){};
}
