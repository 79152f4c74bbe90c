/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Phase A: every network namespace, from the kernel's own list of them. New ones are added at its
 * end, so a walk that came back to the head has met all that lived for as long as it took. */

#include "census/bpf/walk.bpf.h"

MAP_OF(namespaces, struct net_record);

__u64 namespaces_first = 0; /* the head */
__u64 namespaces_at = 0;    /* entry that is next */

static __always_inline int net_count(struct net *n)
{
        void *ns = (void *)ADDRESS(n, ns);

        if (bpf_core_field_exists(struct ns_common___ref, __ns_ref)) {
                struct ns_common___ref *c = ns;
                return BPF_CORE_READ(c, __ns_ref.refs.counter);
        }
        struct ns_common___count *c = ns;
        return BPF_CORE_READ(c, count.refs.counter);
}

static __always_inline int net_active(struct net *n)
{
        struct ns_common___active *c = (void *)ADDRESS(n, ns);

        if (!bpf_core_field_exists(struct ns_common___active, __ns_ref_active))
                return -1;
        return BPF_CORE_READ(c, __ns_ref_active.counter);
}

/* The dentry that every nsfs file and mount of a namespace shares. */
static __always_inline struct dentry *net_dentry(struct net *n)
{
        void *ns = (void *)ADDRESS(n, ns);

        if (bpf_core_field_exists(struct ns_common___pointer, stashed)) {
                struct ns_common___pointer *c = ns;
                return BPF_CORE_READ(c, stashed);
        }
        struct ns_common___number *c = ns;
        return (void *)BPF_CORE_READ(c, stashed.counter);
}

__u64 user_namespace_at = 0;

static long user_namespace_up(__u32 i, void *unused)
{
        struct user_namespace *u = (void *)user_namespace_at;

        if (BPF_CORE_READ(u, level) <= 1)
                return 1;
        user_namespace_at = (__u64)BPF_CORE_READ(u, parent);
        return 0;
}

#define USER_NAMESPACES_MAX 64 /* 33 of them may lie in each other */

static __always_inline __u32 net_charged(struct net *n)
{
        struct user_namespace *u;

        user_namespace_at = (__u64)BPF_CORE_READ(n, user_ns);
        bpf_loop(USER_NAMESPACES_MAX, user_namespace_up, NULL, 0);
        u = (void *)user_namespace_at;
        return BPF_CORE_READ(u, owner.val);
}

static __always_inline void net_read(struct net *n, struct net_record *r)
{
        struct dentry *d = net_dentry(n);

        r->net = (__u64)n;
        r->cookie = BPF_CORE_READ(n, net_cookie);
        r->inode = BPF_CORE_READ(n, ns.inum);
        r->owner_userns = BPF_CORE_READ(n, user_ns, ns.inum);
        r->owner_uid = BPF_CORE_READ(n, user_ns, owner.val);
        r->charged_uid = net_charged(n);
        r->count = net_count(n);
        r->active = net_active(n);
        r->paths = 0;
        r->nsfs_inode = 0;
        if (d) {
                r->paths = BPF_CORE_READ(d, d_lockref.count);
                r->nsfs_inode = (__u64)BPF_CORE_READ(d, d_inode);
        }
}

static long namespace_one(__u32 i, void *unused)
{
        __u64 entry = namespaces_at;
        __u32 index = run.records;

        if (!entry || entry == namespaces_first) {
                run.done = entry == namespaces_first;
                return 1;
        }
        if ((i & 15) == 15 && run_is_over())
                return 1;
        struct net_record *r = bpf_map_lookup_elem(&namespaces, &index);
        if (!r) {
                run.full = 1;
                return 1;
        }
        net_read(MEMBER(struct net, entry, list), r);
        run.records = index + 1;
        namespaces_at = list_next(entry);
        return 0;
}

/* The last one that was read, if it is listed still; else the one before. */
static long namespaces_resume(__u32 i, void *unused)
{
        __u32 index = run.records - 1;
        struct net_record *r;
        struct net *n;

        if (run.records == 0 || !(r = bpf_map_lookup_elem(&namespaces, &index)))
                return 1;
        n = (void *)r->net;
        if (is_listed(ADDRESS(n, list)) && BPF_CORE_READ(n, net_cookie) == r->cookie) {
                namespaces_at = list_next(ADDRESS(n, list));
                return 1;
        }
        run.lost++;
        run.records = index;
        return 0;
}

SEC("raw_tp/walk") int walk_namespaces(void *ctx)
{
        run_start();
        namespaces_first = namespaces_head();
        if (run.first)
                run.records = 0;
        namespaces_at = list_next(namespaces_first);
        bpf_loop(TURNS_MAX, namespaces_resume, NULL, 0);
        bpf_loop(TURNS_MAX, namespace_one, NULL, 0);
        run_end();
        return 0;
}
