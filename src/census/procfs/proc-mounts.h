/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The mounts of procfs in a mount namespace, to find out where in it a file is. */

#include <stdbool.h>
#include <stdint.h>

#include "util/number-list.h"

struct proc_mount {
        uint64_t id;
        uint64_t device; /* as statx_device() */
        char *root;      /* what of it is mounted: "/", "/7/net/tcp" */
        char *target;    /* where, below the root of the task that was asked */
};

/* All zero at first. */
struct proc_mounts {
        struct proc_mount *mounts;
        size_t n, room;
        struct number_list others; /* the numbers of mounts of other types */
};

void proc_mounts_deinit(struct proc_mounts *m);

/* Reads the file @path, a task's mountinfo, below @dir_fd. 0 or a negative errno. */
int proc_mounts_read(struct proc_mounts *m, int dir_fd, const char *path);

/* Takes in one line of such a file. 0 (also when it is no such line) or -ENOMEM. */
int proc_mounts_add(struct proc_mounts *m, const char *line);

/* The mount with this number, or NULL. @ret_other: there is one, of another type. */
const struct proc_mount *proc_mounts_find(const struct proc_mounts *m, uint64_t id,
                                          bool *ret_other);

/* Whether a procfs is on this device. */
bool proc_mounts_have(const struct proc_mounts *m, uint64_t device);

/* The path from the root of procfs of a file on @mount which has the path @link. New string; NULL
 * when it is not below the mount point (or memory is short): then nothing is known of it. */
char *proc_mounts_path(const struct proc_mount *mount, const char *link);
