/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Who is of nsorphan and only looks: netns/mark.h, read in the kernel's memory. */

#include "census/bpf/walk.bpf.h"
#include "netns/mark-layout.h"

__u64 first_user_namespace = 0;

static __always_inline void mark_learn(void)
{
        struct task_struct *t = init_task();

        first_user_namespace = (__u64)BPF_CORE_READ(t, nsproxy, uts_ns, user_ns);
}

/* Whether the process of @t is marked, and does not live in @net. */
static __always_inline int mark_looks_into(struct task_struct *t, __u64 net)
{
        struct task_struct *leader = BPF_CORE_READ(t, group_leader);
        struct nsproxy *proxy = BPF_CORE_READ(leader, nsproxy);
        struct uts_namespace *uts;
        struct mark_layout mark = {};

        if (!proxy || (__u64)BPF_CORE_READ(proxy, net_ns) == net)
                return 0;
        uts = BPF_CORE_READ(proxy, uts_ns);
        if ((__u64)BPF_CORE_READ(uts, user_ns) != first_user_namespace)
                return 0;
        bpf_probe_read_kernel(&mark, sizeof(mark), (void *)ADDRESS(uts, name.domainname));
        for (int i = 0; i < (int)sizeof(MARK_TEXT); i++)
                if (mark.text[i] != MARK_TEXT[i])
                        return 0;
        return mark.start_ticks == BPF_CORE_READ(leader, start_boottime) / MARK_TICK_NSEC;
}
