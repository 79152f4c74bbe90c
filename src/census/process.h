/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A process that holds something. A value that all its holders share, in the census and in the
 * ledger: it never changes once it has a second owner, and is freed with the last. Owners are of
 * several threads: the last of a census may be one that inspects. */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/fair-share.h"
#include "util/file.h"

struct process {
        pid_t pid;
        uint64_t start_ticks; /* field 22 of /proc/PID/stat: with the pid, names it for good; 0 when
                                 it ended before that could be read */
        char *comm;           /* escaped; NULL when it cannot be read */
        char *unit;           /* systemd unit, as systemd shows it; NULL for none */
        struct file_id executable; /* the file it runs; zero for a kernel thread, or unknown */
        uid_t uid;                 /* whom it is charged to; UID_UNKNOWN */
        bool gone;                 /* ended before it could be described */
        uint64_t start_nsec; /* since boot, as the kernel has it, where the source says so; 0 */
        /* Besides the first. The last member: all before it is the value. */
        atomic_uint n_more_owners;
};

/* One with nothing but its number, NULL when out of memory. */
struct process *process_new(pid_t pid, uid_t uid);

/* What @p is, without its owners; the strings are @p's own. To assign *@p would read the number of
 * owners while another thread changes it. */
struct process process_value(const struct process *p);

/* A copy with one owner, NULL when out of memory. */
struct process *process_copy(const struct process *p);

/* One more owner of @p, which may be NULL. Returns @p. */
struct process *process_ref(struct process *p);

/* One owner less of @p, which may be NULL. Returns NULL. */
struct process *process_unref(struct process *p);
