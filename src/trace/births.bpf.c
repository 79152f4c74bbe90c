/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Notes which process opens a socket in a namespace that is not the host's.
 *
 * Attached to functions of the kernel: these programs run in the context of whoever calls them, so
 * all they do for a socket of the host is to compare one address. They hold nothing, change nothing
 * of what they look at (but that a socket gets the cookie that SO_COOKIE would give it), and end
 * soon: there is no loop but the bounded one over ancestors.
 *
 * A birth has the cookie of its socket as its key. No cookie is ever given twice, so one that was
 * not dropped with its socket takes room, but can never be told of another socket. (But a
 * connection of MPTCP, and in Linux 7.2 one of SCTP, has the cookie of its listener, if that had
 * one: it is a copy. So there the file is noted, too.) */

#include "census/bpf/pid.bpf.h"
#include "trace/record.h"

/* linux/bpf.h */
#define BPF_MAP_TYPE_HASH         1
#define BPF_MAP_TYPE_PERCPU_ARRAY 6
#define BPF_F_NO_PREALLOC         (1U << 0)
#define BPF_F_USER_STACK          (1ULL << 8)
#define BPF_NOEXIST               1

/* linux/socket.h, linux/sched.h, linux/gfp_types.h */
#define PF_KTHREAD         0x00200000
#define GFP_DIRECT_RECLAIM 0x400

/* How far up ancestors are looked at: more is no tree of processes that somebody means. */
#define CLIMB_MAX 64

/* A level of control groups that only root makes: system.slice/docker.service. What lies below may
 * have been delegated. */
#define SHARE_LEVEL 2

/* User namespaces lie at most 33 deep in each other. */
#define USER_NAMESPACES_MAX 34

struct birth_settings settings __attribute__((aligned(64))) = {};
struct birth_counts counts __attribute__((aligned(64))) = {};

/* Full is full: making room for a new one by dropping the oldest would drop those of leaks. */
struct {
        __uint(type, BPF_MAP_TYPE_HASH);
        __uint(map_flags, BPF_F_NO_PREALLOC);
        __uint(max_entries, 1);
        __type(key, __u64);
        __type(value, struct birth_record);
} births SEC(".maps");

/* How many births each share has. Not a map by share: an entry that goes with the last birth would
 * be a race with the next one. Two shares may have one counter, and then share it; which two,
 * nobody can bring about (settings.seed). Each birth is counted once, and its end once: by the one
 * whose deletion succeeds. */
struct {
        __uint(type, BPF_MAP_TYPE_ARRAY);
        __uint(max_entries, RECORD_SHARES);
        __type(key, __u32);
        __type(value, __s32);
} shares SEC(".maps");

/* Where a record is put together: it is too large for the stack. Each program has its own, for one
 * may interrupt another; none interrupts itself, for the kernel does not run it then. */
#define SCRATCH(name_)                                                                             \
        struct {                                                                                   \
                __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);                                           \
                __uint(max_entries, 1);                                                            \
                __type(key, __u32);                                                                \
                __type(value, struct birth_record);                                                \
        } name_ SEC(".maps")
SCRATCH(scratch_made);
SCRATCH(scratch_accepted);

/* Told to the program that checks: cookies; so many are run.records. */
MAP_OF(checked, __u64);

static __always_inline void count_share(__u32 share, __s32 n)
{
        __s32 *c = bpf_map_lookup_elem(&shares, &share);

        if (c)
                __sync_fetch_and_add(c, n);
}

/* Drops the birth of a socket, where there is one. */
static __always_inline int forget(__u64 cookie, __u64 socket)
{
        struct birth_record *r = bpf_map_lookup_elem(&births, &cookie);
        __u32 share;

        if (!r || r->socket != socket)
                return 0;
        share = r->share;
        if (bpf_map_delete_elem(&births, &cookie))
                return 0;
        count_share(share, -1);
        __sync_fetch_and_add(&counts.now, -1);
        return 1;
}

/* The share: the user, or where that is root, its control group. One who is root of a user
 * namespace of his own may have many numbers in it: the owner of the outermost one counts. */
static __always_inline __u32 share_of(struct task_struct *t)
{
        struct user_namespace *u = BPF_CORE_READ(t, cred, user_ns);
        __u64 who = (__u32)bpf_get_current_uid_gid();

        for (int i = 0; i < USER_NAMESPACES_MAX && u; i++) {
                int level = BPF_CORE_READ(u, level);
                if (level <= 0)
                        break;
                who = BPF_CORE_READ(u, owner.val);
                if (level == 1)
                        break;
                u = BPF_CORE_READ(u, parent);
        }
        if (who == 0) {
                who = bpf_get_current_ancestor_cgroup_id(SHARE_LEVEL);
                if (!who)
                        who = bpf_get_current_cgroup_id();
                who |= 1ULL << 63;
        }
        return slot_hash(who, settings.seed) & (RECORD_SHARES - 1);
}

static __always_inline __u64 net_of(struct task_struct *t)
{
        struct nsproxy *proxy = BPF_CORE_READ(t, nsproxy);

        return proxy ? (__u64)BPF_CORE_READ(proxy, net_ns) : 0;
}

static __always_inline __u64 cgroup_of(struct task_struct *t)
{
        return (__u64)BPF_CORE_READ(t, cgroups, dfl_cgrp);
}

/* The topmost ancestor of a process in the control group that it is in. */
static __always_inline struct task_struct *topmost(struct task_struct *t)
{
        __u64 group = cgroup_of(t);

        for (int i = 0; i < CLIMB_MAX; i++) {
                struct task_struct *up = BPF_CORE_READ(t, real_parent, group_leader);
                if (!up || up == t || cgroup_of(up) != group)
                        break;
                t = up;
        }
        return t;
}

/* Whether a socket in @net is at home where its process is, and where that comes from: then it is a
 * container's own. A process whose first thread has ended is at home nowhere. */
static __always_inline int is_at_home(struct task_struct *leader, __u64 net)
{
        return net_of(leader) == net && net_of(topmost(leader)) == net;
}

static __always_inline int is_of_kernel(struct task_struct *t)
{
        return BPF_CORE_READ(t, flags) & PF_KTHREAD;
}

static __always_inline void fill(void *ctx, struct birth_record *r, struct task_struct *t,
                                 struct task_struct *leader, __u64 socket, __u8 accepted)
{
        long size;

        r->socket = socket;
        r->start_nsec = BPF_CORE_READ(leader, start_boottime);
        r->stack_start = BPF_CORE_READ(t, mm, start_stack);
        r->opened_nsec = bpf_ktime_get_boot_ns();
        r->cgroup = bpf_get_current_cgroup_id();
        r->tgid = pid_of(leader);
        r->tid = pid_of(t);
        r->uid = (__u32)bpf_get_current_uid_gid();
        r->accepted = accepted;
        r->is_leader = t == leader;
        bpf_probe_read_kernel(r->comm, sizeof(r->comm), (void *)ADDRESS(leader, comm));
        bpf_probe_read_kernel(r->thread, sizeof(r->thread), (void *)ADDRESS(t, comm));
        size = bpf_get_stack(ctx, r->frames, sizeof(r->frames), BPF_F_USER_STACK);
        r->n_frames = size > 0 ? size / sizeof(r->frames[0]) : 0;
}

static __always_inline __u64 inode_of(struct socket *socket)
{
        struct socket_alloc *alloc = (void *)socket;

        return socket ? BPF_CORE_READ(alloc, vfs_inode.i_ino) : 0;
}

/* Two sockets have one cookie: a listener of MPTCP or SCTP and a connection. The birth is that of
 * the one that was noted. */
static __always_inline void tell_apart(__u64 cookie)
{
        struct birth_record *r = bpf_map_lookup_elem(&births, &cookie);
        struct sock *first;

        if (!r || r->inode)
                return;
        first = (void *)r->socket;
        r->inode = inode_of(BPF_CORE_READ(first, sk_socket));
}

static __always_inline void note(void *ctx, struct birth_record *r, __u64 socket, __u64 cookie,
                                 __u64 net, __u8 accepted)
{
        struct task_struct *t = (void *)bpf_get_current_task();
        struct task_struct *leader = BPF_CORE_READ(t, group_leader);
        __u32 share;
        __s32 *taken;

        if (!cookie || is_of_kernel(t) || (!settings.all && is_at_home(leader, net)))
                return;
        share = share_of(t);
        taken = bpf_map_lookup_elem(&shares, &share);
        if (!taken)
                return;
        if (__sync_fetch_and_add(taken, 1) >= (__s32)settings.each_max)
                goto refused;
        fill(ctx, r, t, leader, socket, accepted);
        r->share = share;
        if (bpf_map_update_elem(&births, &cookie, r, BPF_NOEXIST))
                goto refused;
        __sync_fetch_and_add(&counts.now, 1);
        __sync_fetch_and_add(&counts.noted, 1);
        return;
refused:
        __sync_fetch_and_add(taken, -1);
        __sync_fetch_and_add(&counts.refused, 1);
}

/* struct sock *sk_alloc(struct net *net, int family, gfp_t priority, struct proto *prot, int kern)
 *
 * Also of tun_chr_open() and tap_open(). What may not sleep is no system call of a process, but may
 * be an interrupt in any of them (the protocols that make sockets of processes so, such as
 * Bluetooth's, have them in the host's namespace only). */
SEC("fexit/sk_alloc") int socket_made(__u64 *ctx)
{
        struct sock *sk = (void *)ctx[5];
        struct birth_record *r;
        __u32 zero = 0;

        if (ctx[0] == settings.host || (__s32)ctx[4] || !((__u32)ctx[2] & GFP_DIRECT_RECLAIM) ||
            !sk)
                return 0;
        r = bpf_map_lookup_elem(&scratch_made, &zero);
        if (r)
                note(ctx, r, (__u64)sk, bpf_get_socket_cookie(sk), ctx[0], 0);
        return 0;
}

/* Its namespace may be gone: the address is compared, and not followed. */
static __always_inline int forget_socket(struct sock *sk)
{
        __u64 cookie;

        if ((__u64)sk->__sk_common.skc_net.net == settings.host)
                return 0;
        cookie = sk->__sk_common.skc_cookie.counter;
        if (cookie)
                forget(cookie, (__u64)sk);
        return 0;
}

/* int security_unix_stream_connect(struct sock *sock, struct sock *other, struct sock *newsk)
 *
 * The socket at the other end, which the one that connects has made (sk_alloc(), above) for the one
 * that will accept: it is not his. */
SEC("fentry/security_unix_stream_connect") int socket_connected(__u64 *ctx)
{
        return forget_socket((void *)ctx[2]);
}

/* void security_sock_graft(struct sock *sk, struct socket *parent)
 *
 * What every accept(2) ends with: the socket, which was made when the connection came, gets its
 * file. */
SEC("fentry/security_sock_graft") int socket_accepted(__u64 *ctx)
{
        struct sock *sk = (void *)ctx[0];
        __u64 net = (__u64)sk->__sk_common.skc_net.net, cookie;
        struct birth_record *r;
        __u32 zero = 0;

        if (net == settings.host)
                return 0;
        cookie = bpf_get_socket_cookie(sk);
        forget(cookie, (__u64)sk);
        if (bpf_map_lookup_elem(&births, &cookie)) {
                tell_apart(cookie);
                return 0;
        }
        r = bpf_map_lookup_elem(&scratch_accepted, &zero);
        if (!r)
                return 0;
        r->inode = inode_of((void *)ctx[1]);
        note(ctx, r, (__u64)sk, cookie, net, 1);
        return 0;
}

/* void security_sk_free(struct sock *sk)
 *
 * Called once for each socket, as its memory is given back. */
SEC("fentry/security_sk_free") int socket_freed(__u64 *ctx)
{
        return forget_socket((void *)ctx[0]);
}

/* The kernel does not run a program that is running on that CPU: where an interrupt frees a socket
 * in the midst of that, the birth stays. So all are held against their sockets now and then: where
 * the memory was given to something else, it has no such cookie. */
static long check_one(__u32 i, void *unused)
{
        struct birth_record *r;
        __u64 *cookie = bpf_map_lookup_elem(&checked, &i);
        struct sock *sk;
        __u64 key;

        if (!cookie || i >= run.records)
                return 1;
        key = *cookie;
        r = bpf_map_lookup_elem(&births, &key);
        if (!r)
                return 0;
        sk = (void *)r->socket;
        if ((__u64)BPF_CORE_READ(sk, __sk_common.skc_cookie.counter) != key &&
            forget(key, (__u64)sk))
                __sync_fetch_and_add(&counts.swept, 1);
        return 0;
}

SEC("raw_tp/walk") int check_births(void *ctx)
{
        bpf_loop(RECORD_CHECKED, check_one, NULL, 0);
        return 0;
}

/* Run once, before the others are attached. */
SEC("raw_tp/walk") int learn(void *ctx)
{
        struct task_struct *t = init_task();

        settings.host = (__u64)BPF_CORE_READ(t, nsproxy, net_ns);
        pid_learn_ours();
        return 0;
}
