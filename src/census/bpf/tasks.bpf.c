/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Phase B: which network namespace every task is in, by the nsproxies they share: each of those is
 * one reference. A zombie has none; a worker of io_uring keeps its submitter's. */

#include "census/bpf/mark.bpf.h"
#include "census/bpf/pid.bpf.h"
#include "census/bpf/threads.bpf.h"

MAP_OF(proxies, struct proxy_record);
MAP_OF(proxy_slots, struct slot);
MAP_OF(tasks, struct task_record);

/* Told: how many tasks to list, 0 when only their number is asked for. */
__u32 tasks_room = 0;
/* Said. */
__u32 n_tasks = 0;

__u64 last_proxy = 0, last_net = 0;
__u32 last_index = 0;

static __always_inline void threads_forget(__u32 value)
{
        __u32 index = value - 1;
        struct proxy_record *r;

        if (!value)
                return;
        r = bpf_map_lookup_elem(&proxies, &index);
        if (r)
                r->tasks--;
        if (n_tasks > 0)
                n_tasks--;
}

/* Index + 1 of an nsproxy's record, 0 when there is no room for one. */
static noinline __u32 proxy_index(__u64 proxy, __u64 net)
{
        int found;
        struct slot *s = SLOT_FIND(proxy_slots, run.slots_mask, proxy, net, &found);
        __u32 index = run.records;
        struct proxy_record *r;

        if (s && found)
                return s->value + 1;
        r = bpf_map_lookup_elem(&proxies, &index);
        if (!s || !r) {
                run.full = 1;
                return 0;
        }
        r->proxy = proxy;
        r->net = net;
        r->tasks = 0;
        s->key = proxy;
        s->key2 = net;
        s->value = index;
        s->generation = run.generation;
        run.records = index + 1;
        return index + 1;
}

static __always_inline void task_list(struct task_struct *t, __u32 proxy, __u64 net)
{
        __u32 index = n_tasks;
        struct task_struct *leader;
        struct task_record *r;

        if (tasks_room == 0)
                return;
        r = bpf_map_lookup_elem(&tasks, &index);
        if (!r) {
                run.full = 1;
                return;
        }
        leader = BPF_CORE_READ(t, group_leader);
        r->tid = pid_of(t);
        r->tgid = leader == t ? r->tid : pid_of(leader);
        r->start_nsec = BPF_CORE_READ(leader, start_boottime);
        r->proxy = proxy;
        r->looks = leader != t && mark_looks_into(t, net);
        n_tasks = index + 1;
}

/* Which thread is meant, the trail says: what it counted is known only after it was read. */
static __always_inline void task_count(struct task_struct *t)
{
        struct nsproxy *proxy = BPF_CORE_READ(t, nsproxy);
        struct proxy_record *r;
        __u64 net;
        __u32 index;

        if (!proxy)
                return;
        net = (__u64)BPF_CORE_READ(proxy, net_ns);
        if ((__u64)proxy != last_proxy || net != last_net || !last_index) {
                last_index = proxy_index((__u64)proxy, net);
                last_proxy = (__u64)proxy;
                last_net = net;
        }
        if (!last_index)
                return;
        index = last_index - 1;
        r = bpf_map_lookup_elem(&proxies, &index);
        if (!r)
                return;
        r->tasks++;
        trail[(trail_end - 1) & (TRAIL - 1)].value = last_index;
        task_list(t, index, net);
}

static long task_one(__u32 i, void *unused)
{
        struct task_struct *t;

        if ((i & 63) == 63 && run_is_over())
                return 1;
        t = threads_step();
        if (t)
                task_count(t);
        return run.done || run.full || (!t && !threads_head);
}

SEC("raw_tp/walk") int walk_tasks(void *ctx)
{
        run_start();
        pid_learn_ours();
        mark_learn();
        if (run.first) {
                run.records = 0;
                n_tasks = 0;
                last_index = 0;
        }
        restart = threads_start();
        if (!restart)
                bpf_loop(TURNS_MAX, task_one, NULL, 0);
        run_end();
        return 0;
}
