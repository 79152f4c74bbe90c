/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a mark (netns/mark.h) is made of, for those who read it in the kernel's memory, too. */

#ifndef __bpf__
#include <linux/types.h>
#endif

/* The first bytes of the domain name of a UTS namespace: a word, padded with zeros, and when the
 * process that made it started, in clock ticks since boot (proc_pid_stat(5), starttime). */
#define MARK_TEXT_SIZE 16
#define MARK_TEXT      "nsorphan"

/* include/asm-generic/param.h: USER_HZ is 100. */
#define MARK_TICK_NSEC 10000000

struct mark_layout {
        char text[MARK_TEXT_SIZE];
        __u64 start_ticks;
        __u32 begun, ended; /* looks into namespaces: netns/visit-lock.h */
};
