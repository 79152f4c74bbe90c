/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A walk over all threads of all processes, one turn of a loop for each. New processes and new
 * threads are added at the ends of their lists, so nothing that lives all the while is missed.
 *
 * The trail has the last threads that were met. Where the walk stops for a while, it goes on behind
 * the last one of them that is listed still. */

#include "census/bpf/walk.bpf.h"

#define TRAIL 256 /* a power of two */

struct trail trail[TRAIL] = {};
__u32 trail_end = 0;   /* counts up */
__u32 trail_start = 0; /* what lies before was overwritten, or is of another walk */

__u64 processes_head = 0; /* init_task.tasks */
__u64 process_next = 0;   /* entry of the list of processes */
__u64 threads_head = 0;   /* 0: between two processes */
__u64 thread_next = 0;
__u64 n_processes = 0;
__u64 n_threads = 0;
__u32 restart = 0; /* said: all cursors are gone, the walk must begin again */

static __always_inline void threads_of(struct task_struct *leader)
{
        struct signal_struct *s = BPF_CORE_READ(leader, signal);

        process_next = list_next(ADDRESS(leader, tasks));
        threads_head = ADDRESS(s, thread_head);
}

/* The next thread, or NULL with run.done set, or NULL where there is none at this turn. */
static __always_inline struct task_struct *threads_step(void)
{
        struct task_struct *t;
        __u32 place;

        if (threads_head && thread_next != threads_head) {
                t = MEMBER(struct task_struct, thread_next, thread_node);
                thread_next = list_next(thread_next);
                place = trail_end & (TRAIL - 1);
                trail[place].task = (__u64)t;
                trail[place].pid = BPF_CORE_READ(t, pid);
                trail[place].value = 0;
                trail_end++;
                if (trail_end - trail_start > TRAIL)
                        trail_start = trail_end - TRAIL;
                n_threads++;
                return t;
        }
        threads_head = 0;
        if (!process_next || process_next == processes_head) {
                run.done = process_next == processes_head;
                return NULL;
        }
        t = MEMBER(struct task_struct, process_next, tasks);
        threads_of(t);
        thread_next = list_next(threads_head);
        n_processes++;
        return NULL;
}

/* What to do about a thread whose place was lost. */
static __always_inline void threads_forget(__u32 value);

static long threads_resume_one(__u32 i, void *unused)
{
        struct task_struct *t, *leader;
        __u32 place;

        if (trail_end == trail_start)
                return 1;
        place = (trail_end - 1) & (TRAIL - 1);
        t = (void *)trail[place].task;
        leader = BPF_CORE_READ(t, group_leader);
        if (is_listed(ADDRESS(t, thread_node)) && is_listed(ADDRESS(leader, tasks)) &&
            (__u32)BPF_CORE_READ(t, pid) == trail[place].pid) {
                threads_of(leader);
                thread_next = list_next(ADDRESS(t, thread_node));
                return 1;
        }
        run.lost++;
        threads_forget(trail[place].value);
        trail_end--;
        return 0;
}

/* Starts a walk, or goes on with it. 0, or 1 when it must start anew: too much has gone. */
static __always_inline int threads_start(void)
{
        struct task_struct *init = init_task();

        processes_head = ADDRESS(init, tasks);
        if (run.first) {
                process_next = list_next(processes_head);
                threads_head = 0;
                trail_start = trail_end;
                n_processes = n_threads = 0;
                return 0;
        }
        bpf_loop(TRAIL, threads_resume_one, NULL, 0);
        return trail_end == trail_start;
}
