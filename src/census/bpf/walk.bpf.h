/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the programs share.
 *
 * Each is run by us (BPF_PROG_TEST_RUN of a raw tracepoint that is attached nowhere): one run is
 * one RCU section, so it ends after its budget, and the next goes on at a cursor. All that is kept
 * between two runs, and inside loops, is in global variables: what lies on the stack, the verifier
 * follows through every turn of a loop. (None of them is static: what clang makes of those, the
 * kernel does not take for what their types say.) Everything is read with bpf_probe_read_kernel():
 * memory that was freed meanwhile gives other bytes, and nothing else happens. */

#include "census/bpf/kernel.bpf.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "census/bpf/record.h"

char LICENSE[] SEC("license") = "GPL"; /* what bpf_probe_read_kernel() asks for */

/* More turns than any list has; loops end before. */
#define TURNS_MAX (1U << 23)

struct run run = {};
__u64 run_deadline = 0;
__u64 run_began = 0;

#define MEMBER(type, entry, member) ((type *)((char *)(entry)-bpf_core_field_offset(type, member)))
#define ADDRESS(pointer, member)    ((__u64)__builtin_preserve_access_index(&(pointer)->member))

#define MAP_OF(name_, value_)                                                                      \
        struct {                                                                                   \
                __uint(type, BPF_MAP_TYPE_ARRAY);                                                  \
                __uint(map_flags, BPF_F_MMAPABLE);                                                 \
                __uint(max_entries, 1);                                                            \
                __type(key, __u32);                                                                \
                __type(value, value_);                                                             \
        } name_ SEC(".maps")

static __always_inline void run_start(void)
{
        run_began = bpf_ktime_get_ns();
        run_deadline = run_began + run.budget_ns;
}

/* Whether the run has used up its budget. */
static __always_inline int run_is_over(void)
{
        return bpf_ktime_get_ns() > run_deadline;
}

static __always_inline void run_end(void)
{
        __u64 took = bpf_ktime_get_ns() - run_began;

        if (took > run.longest_ns)
                run.longest_ns = took;
        run.first = 0;
}

/* An entry that was removed under RCU has its `prev` poisoned; one whose memory became something
 * else has no neighbours that point to it. */
static __always_inline int is_listed(__u64 entry)
{
        struct list_head *e = (void *)entry, *next, *prev;

        if (!entry)
                return 0;
        next = BPF_CORE_READ(e, next);
        prev = BPF_CORE_READ(e, prev);
        return (__u64)BPF_CORE_READ(prev, next) == entry &&
               (__u64)BPF_CORE_READ(next, prev) == entry;
}

static __always_inline __u64 list_next(__u64 entry)
{
        struct list_head *e = (void *)entry;

        return (__u64)BPF_CORE_READ(e, next);
}

__u64 climbed = 0;

static long climb_one(__u32 i, void *unused)
{
        struct task_struct *t = (void *)climbed;

        if (BPF_CORE_READ(t, pid) == 0)
                return 1;
        climbed = (__u64)BPF_CORE_READ(t, group_leader, real_parent);
        return 0;
}

/* The task with number 0, the ancestor of all: the head of the list of processes, and in the first
 * network namespace. Symbols of data are not in every kernel's list, parents are. */
static __always_inline struct task_struct *init_task(void)
{
        climbed = bpf_get_current_task();
        bpf_loop(1 << 16, climb_one, NULL, 0);
        return (void *)climbed;
}

/* The head of the list of all network namespaces: the first one stays right behind it. */
static __always_inline __u64 namespaces_head(void)
{
        struct task_struct *t = init_task();
        struct net *first = BPF_CORE_READ(t, nsproxy, net_ns);

        return (__u64)BPF_CORE_READ(first, list.prev);
}

/* The place of a key, or where it would go: NULL when all are taken. */
#define SLOT_FIND(map_, mask_, key_, key2_, ret_found)                                             \
        ({                                                                                         \
                __u64 k_ = (key_), k2_ = (key2_);                                                  \
                __u32 at_ = slot_hash(k_, k2_);                                                    \
                struct slot *result_ = NULL;                                                       \
                *(ret_found) = 0;                                                                  \
                _Pragma("unroll") for (int i_ = 0; i_ < SLOT_PROBES; i_++)                         \
                {                                                                                  \
                        __u32 place_ = (at_ + i_) & (mask_);                                       \
                        struct slot *s_ = bpf_map_lookup_elem(&(map_), &place_);                   \
                        if (!s_)                                                                   \
                                break;                                                             \
                        if (s_->generation != run.generation) {                                    \
                                result_ = s_;                                                      \
                                break;                                                             \
                        }                                                                          \
                        if (s_->key == k_ && s_->key2 == k2_) {                                    \
                                result_ = s_;                                                      \
                                *(ret_found) = 1;                                                  \
                                break;                                                             \
                        }                                                                          \
                }                                                                                  \
                result_;                                                                           \
        })
