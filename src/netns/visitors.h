/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a client's `enter` runs: it and all that it starts visit a namespace, and what they hold in
 * there is not why it lives.
 *
 * Each visitor is in a list that only root can write: a directory of mode 0700, a file for each,
 * named by its pid and with its start time and the namespace in it. An entry is written before it
 * enters, and stays when its process has ended, for some minutes: whoever has seen a process and
 * asks afterwards gets the answer that was right when it was seen. Visitors from another pid or
 * mount namespace are strangers. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

/* From now on this process visits the namespace, and so does all that it starts. Also removes
 * entries of processes that have ended long ago. 0 or a negative errno. */
int visitors_add(uint64_t inode, uint64_t cookie);

struct visitor {
        pid_t pid;
        uint64_t start_ticks;
        uint64_t inode, cookie;
};

/* The list as one thread reads it. */
struct visitors {
        int proc_fd, dir_fd;
        struct visitor *items;
        size_t n, room;
        struct timespec changed; /* of the directory, when they were read */
        bool settled;            /* that time was long past: an equal one means no change */
};

/* @proc_fd (of /proc) stays the caller's. Where there is no list, or somebody else could have
 * written it, nobody visits. */
void visitors_init(struct visitors *v, int proc_fd);
void visitors_deinit(struct visitors *v);

/* Reads the list again if there may be others in it. To be called after the processes were seen
 * that are then asked about. */
void visitors_refresh(struct visitors *v);

/* Whether the process visits the namespace: it or an ancestor of it is listed. A cookie of 0 is not
 * known. */
bool visitors_has(const struct visitors *v, pid_t pid, uint64_t inode, uint64_t cookie);
