/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the kernel's structures do not say as cheaply as /proc: names of files and interfaces, and
 * whom a process is charged to. All of it is a help to the reader, and decides nothing. */

#include "census/census.h"
#include "census/charge.h"

#define DETAIL_OWNERS 256

/* Of one scan; all zero at first. */
struct details {
        struct charge_cache charges;
        struct detail_owner {
                pid_t pid;
                uint64_t start_nsec;
                uid_t uid;
        } owners[DETAIL_OWNERS]; /* asked about lately, by pid modulo DETAIL_OWNERS */
};

/* Adds to @h what can be read of it. 0 or -ENOMEM. */
int detail_fill(struct details *d, struct holder *h);
