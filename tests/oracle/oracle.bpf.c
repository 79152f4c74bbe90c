/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lists every struct net of the kernel, by the ring that links them all.
 *
 * It begins at the namespace of the task that asks, which is in the ring and stays, and follows it
 * until it is back there. One member of the ring is its head, which lies in no struct net: what
 * would be the namespace's operations there are not those of the namespace that we began at. A run
 * is a single RCU section, so what is being unlinked meanwhile still leads on. */
#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "oracle.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct list_head {
        struct list_head *next;
};

struct refcount_struct {
        int refs; /* an atomic_t, which is an int */
};

struct proc_ns_operations;

struct ns_common {
        const struct proc_ns_operations *ops;
        unsigned int inum;
        struct refcount_struct count; /* 5.11 to 6.17 */
};

/* 6.18 has renamed it. */
struct ns_common___renamed {
        struct refcount_struct __ns_ref;
};

struct net {
        struct list_head list;
        struct ns_common ns;
        unsigned long long
                net_cookie; /* 5.12; an atomic64_t that is only set when asked for, before */
};

/* Below 5.11. */
struct net___old {
        struct refcount_struct count;
};

struct nsproxy {
        struct net *net_ns;
};

struct task_struct {
        struct nsproxy *nsproxy;
};

#pragma clang attribute pop

struct oracle_net nets[ORACLE_MAX];
unsigned int n_nets; /* how many were found */
int complete;        /* whether the ring was gone round */

static unsigned long long cookie_of(struct net *net)
{
        return bpf_core_field_exists(net->net_cookie) ? BPF_CORE_READ(net, net_cookie) : 0;
}

static int count_of(struct net *net)
{
        struct ns_common___renamed *renamed = (void *)&net->ns;
        struct net___old *old = (void *)net;
        int count = -1;

        if (bpf_core_field_exists(renamed->__ns_ref))
                bpf_core_read(&count, sizeof(count), &renamed->__ns_ref);
        else if (bpf_core_field_exists(net->ns.count))
                bpf_core_read(&count, sizeof(count), &net->ns.count);
        else
                bpf_core_read(&count, sizeof(count), &old->count);
        return count;
}

SEC("tc")
int list_nets(struct __sk_buff *unused)
{
        struct task_struct *task = (void *)bpf_get_current_task();
        struct net *start = BPF_CORE_READ(task, nsproxy, net_ns);
        const struct proc_ns_operations *operations = BPF_CORE_READ(start, ns.ops);
        unsigned int list_offset = bpf_core_field_offset(start->list);
        struct list_head *first = (void *)start + list_offset;
        struct list_head *at = first;

        n_nets = 0;
        complete = 0;
        for (unsigned int i = 0; i < ORACLE_MAX; i++) {
                struct net *net = (void *)at - list_offset;

                /* No branches: the verifier goes through every round, by every path. */
                nets[i].other = (unsigned long long)BPF_CORE_READ(net, ns.ops) ^
                                (unsigned long long)operations;
                nets[i].inode = BPF_CORE_READ(net, ns.inum);
                nets[i].cookie = cookie_of(net);
                nets[i].count = count_of(net);
                n_nets = i + 1;
                at = BPF_CORE_READ(at, next);
                if (at == first) {
                        complete = 1;
                        break;
                }
        }
        return 0;
}

char oracle_license[] SEC("license") = "GPL";
