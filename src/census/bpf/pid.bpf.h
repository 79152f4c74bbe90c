/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The numbers of tasks as our own pid namespace has them. */

#include "census/bpf/walk.bpf.h"

__u64 our_pid_namespace = 0;
__u32 our_pid_level = 0;

static __always_inline struct upid *upid_at(struct pid *pid, __u32 level)
{
        return (void *)(ADDRESS(pid, numbers) + (__u64)level * bpf_core_type_size(struct upid));
}

static __always_inline void pid_learn_ours(void)
{
        struct task_struct *t = (void *)bpf_get_current_task();
        struct pid *pid = BPF_CORE_READ(t, thread_pid);
        struct upid *u;

        our_pid_level = BPF_CORE_READ(pid, level);
        u = upid_at(pid, our_pid_level);
        our_pid_namespace = (__u64)BPF_CORE_READ(u, ns);
}

/* 0 for a task that is outside. */
static __always_inline __s32 pid_of(struct task_struct *t)
{
        struct pid *pid;
        struct upid *u;

        if (our_pid_level == 0)
                return BPF_CORE_READ(t, pid);
        pid = BPF_CORE_READ(t, thread_pid);
        if (!pid || BPF_CORE_READ(pid, level) < our_pid_level)
                return 0;
        u = upid_at(pid, our_pid_level);
        if ((__u64)BPF_CORE_READ(u, ns) != our_pid_namespace)
                return 0;
        return BPF_CORE_READ(u, nr);
}
