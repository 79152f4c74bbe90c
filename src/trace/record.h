/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the programs that note births and this program have in common. */

#ifndef __bpf__
#include <linux/types.h>
#endif

#define RECORD_FRAMES 32 /* BIRTH_FRAMES_MAX */
#define RECORD_NAME   16 /* TASK_COMM_LEN */

/* Counters of shares: a power of two. */
#define RECORD_SHARES 16384

/* Births that one run of the program holds against their sockets. */
#define RECORD_CHECKED 512

/* A birth. Its key is the socket's cookie. */
struct birth_record {
        __u64 socket; /* its address: for the programs alone */
        __u64 start_nsec;
        __u64 opened_nsec; /* CLOCK_BOOTTIME */
        __u64 stack_start; /* of its program: another one after an execve(2) */
        __u64 cgroup;
        __u64 inode;     /* of the socket's file, where that was seen; 0 */
        __s32 tgid, tid; /* of our pid namespace, 0 in none that we see */
        __u32 uid;       /* real, as the initial user namespace has it */
        __u32 share;     /* its counter */
        __u16 n_frames;
        __u8 accepted;
        __u8 is_leader; /* the thread is the process's first */
        __u32 pad;
        char comm[RECORD_NAME]; /* of the process */
        char thread[RECORD_NAME];
        __u64 frames[RECORD_FRAMES];
};

/* What the programs are told. It is hardly ever written while they run. */
struct birth_settings {
        __u64 host;     /* the first network namespace */
        __u32 all;      /* also those that processes make at home */
        __u32 each_max; /* births of one share */
        __u32 seed;     /* shares are put to counters by chance */
        __u32 pad[11];  /* what is written all the time lies on another cache line */
};

/* What they say. */
struct birth_counts {
        __u64 now;     /* births that are kept */
        __u64 noted;   /* all in all */
        __u64 refused; /* for want of room */
        __u64 swept;   /* dropped, for their sockets were gone */
};
