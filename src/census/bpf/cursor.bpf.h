/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A walk over all network namespaces that looks into each: where it stands, it finds again by
 * address and cookie, or starts anew with nothing lost but time (what was found twice, the reader
 * tells). */

#include "census/bpf/walk.bpf.h"

__u64 cursor_head = 0;
__u64 cursor_net = 0; /* that is being looked into, 0 before the first */
__u64 cursor_cookie = 0;
__u32 restart = 0; /* said: the namespace is gone, the walk must begin again */

static __always_inline void cursor_start(void)
{
        struct net *n = (void *)cursor_net;

        cursor_head = namespaces_head();
        restart = 0;
        if (run.first) {
                cursor_net = 0;
                return;
        }
        if (cursor_net &&
            (!is_listed(ADDRESS(n, list)) || BPF_CORE_READ(n, net_cookie) != cursor_cookie))
                restart = 1;
}

/* The next namespace, or 0 with run.done set. */
static __always_inline __u64 cursor_step(void)
{
        struct net *n = (void *)cursor_net;
        __u64 entry = list_next(n ? ADDRESS(n, list) : cursor_head);

        if (!entry || entry == cursor_head) {
                cursor_net = 0;
                run.done = entry == cursor_head;
                return 0;
        }
        n = MEMBER(struct net, entry, list);
        cursor_net = (__u64)n;
        cursor_cookie = BPF_CORE_READ(n, net_cookie);
        return cursor_net;
}
