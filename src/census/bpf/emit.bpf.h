/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the phases that look for holders share: the namespaces they look for, sockets whose owner
 * was asked about, and the records. */

#include "census/bpf/mark.bpf.h"
#include "census/bpf/pid.bpf.h"
#include "census/bpf/walk.bpf.h"

MAP_OF(holders, struct holder_record);
MAP_OF(wanted, struct slot); /* namespaces and sockets, by address */

#define S_IFMT  0170000
#define S_IFCHR 0020000

/* Told: whether sockets are asked about too. */
__u32 want_sockets = 0;

__u64 last_unwanted = 0; /* most sockets are in the namespace of the one before */

static __always_inline struct slot *wanted_slot(__u64 address)
{
        struct slot *s;
        int found;

        if (!address || address == last_unwanted)
                return NULL;
        s = SLOT_FIND(wanted, run.slots_mask, address, 0, &found);
        if (found)
                return s;
        last_unwanted = address;
        return NULL;
}

static __always_inline int is_wanted(__u64 address)
{
        return wanted_slot(address) != NULL;
}

/* Whether one more record of this namespace or socket is wanted: of none so many that there is no
 * room for others. */
static __always_inline int is_wanted_more(__u64 address)
{
        struct slot *s = wanted_slot(address);

        return s && s->value++ < RECORDS_EACH_MAX;
}

/* Of whom and through what: what a record says beside what was found. */
__u64 finding_task = 0, finding_owner = 0, finding_path = 0, finding_inode = 0;
__s32 finding_fd = -1;
__u32 finding_found = 0, finding_where = 0, finding_device = 0;

static __always_inline void emit_socket(struct holder_record *r, struct sock *sk)
{
        struct socket *socket = BPF_CORE_READ(sk, sk_socket);
        struct socket_alloc *alloc = (void *)socket;

        r->family = BPF_CORE_READ(sk, __sk_common.skc_family);
        r->type = BPF_CORE_READ(sk, sk_type);
        r->protocol = BPF_CORE_READ(sk, sk_protocol);
        r->state = BPF_CORE_READ(sk, __sk_common.skc_state);
        r->cookie = BPF_CORE_READ(sk, __sk_common.skc_cookie.counter);
        r->counted = BPF_CORE_READ_BITFIELD_PROBED(sk, __sk_common.skc_net_refcnt);
        r->dead = BPF_CORE_READ(sk, __sk_common.skc_flags) & 1; /* SOCK_DEAD */
        if (socket)
                r->inode = BPF_CORE_READ(alloc, vfs_inode.i_ino);
}

/* A record: @object has a reference on @net. @socket is 1 when it is a struct sock.
 *
 * Functions that are not static are verified once, not at each call; so their arguments are
 * numbers. */
noinline int emit(__u64 net, __u64 object, __u32 socket)
{
        __u32 index = run.records;
        struct holder_record *r = bpf_map_lookup_elem(&holders, &index);
        struct task_struct *t = (void *)finding_task, *leader;

        if (!r) {
                run.full = 1;
                return 0;
        }
        __builtin_memset(r, 0, sizeof(*r));
        r->net = net;
        r->object = object;
        r->owner = finding_owner;
        r->path = finding_path;
        r->inode = finding_inode;
        r->found = finding_found;
        r->where = finding_where;
        r->fd = finding_fd;
        r->device = finding_device;
        r->counted = 1;
        if (socket)
                emit_socket(r, (void *)object);
        if (t) {
                leader = BPF_CORE_READ(t, group_leader);
                r->tid = pid_of(t);
                r->tgid = pid_of(leader);
                r->start_nsec = BPF_CORE_READ(leader, start_boottime);
                r->looks = mark_looks_into(t, net);
        }
        run.records = index + 1;
        return 0;
}

static __always_inline void emit_if_wanted(__u64 net, __u64 object)
{
        if (is_wanted_more(net))
                emit(net, object, 0);
}

#define PROTOCOL_MPTCP 262

/* A socket, when its namespace is looked for, or it is itself. */
noinline int emit_sock(__u64 address)
{
        struct sock *sk = (void *)address;
        struct mptcp_sock *m = (void *)address;
        __u64 net, first;

        if (!sk)
                return 0;
        net = (__u64)BPF_CORE_READ(sk, __sk_common.skc_net.net);
        if (want_sockets && is_wanted_more(address))
                emit(0, address, 1);
        if (!is_wanted_more(net))
                return 0;
        emit(net, address, 1);
        /* The subflow that MPTCP made with it has a reference of its own, and no file. */
        if (BPF_CORE_READ(sk, sk_protocol) == PROTOCOL_MPTCP &&
            bpf_core_field_exists(struct mptcp_sock, first)) {
                first = (__u64)BPF_CORE_READ(m, first);
                if (first)
                        emit(net, first, 1);
        }
        return 0;
}
