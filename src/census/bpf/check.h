/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A second witness: what /proc and the file itself say of a holder that BPF has named. */

#include "census/bpf/tracked.h"

/* One go over holders. The process that the last one is of stays open: holders of the same process
 * are best checked one after the other. */
struct checker {
        int root_fd;  /* of /proc, or a negative errno */
        bool is_ours; /* what it says of times and numbers is what the kernel has */
        pid_t pid;    /* of the last process; 0: none yet */
        uint64_t start_nsec;
        int pidfd;
        enum checked process;
};

void checker_init(struct checker *c);
void checker_deinit(struct checker *c);

/* Checks @h, of the namespace with this inode number and cookie: that its process is the one that
 * was seen, and that its file, duplicated, is of that namespace. Once for each holder: the
 * duplicate is a reference, and may be the last. */
enum checked checker_check(struct checker *c, const struct found_holder *h, uint64_t inode,
                           uint64_t cookie);

/* Why it is not verified: a clause, NULL where it is. */
const char *check_reason(enum checked checked);
