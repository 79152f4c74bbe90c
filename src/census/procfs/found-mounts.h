/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Mounts that hold a network namespace, gathered in whatever way, before they become holders. */

#include "census/procfs/walker.h"

struct found_mount {
        enum holder_kind kind;  /* HOLDER_NSFS_MOUNT or HOLDER_KERNEL_MOUNT */
        uint64_t mntns;         /* inode of its mount namespace; 0: not known */
        uint64_t inode;         /* of the network namespace; of a kernel mount: 0 */
        uint64_t device;        /* of the file system */
        uint64_t group, master; /* of the propagation of mounts; 0: none */
        char *path;             /* escaped; NULL where no path leads there */
        bool home;              /* in the host's own mount namespace, as that sees it */
        pid_t pid, tid;         /* a task that sees it; 0: none is known */
};

struct found_mounts {
        struct found_mount *mounts;
        size_t n, room;
        struct path_count *counts; /* internal: how many of a namespace have a path */
};

/* Whether a further mount of the namespace @inode need have a path: no more are listed than
 * CENSUS_LISTED_MAX, and somebody may mount one 100,000 times. */
bool found_mounts_wants_path(const struct found_mounts *m, uint64_t inode);

/* Takes over the path. 0 or -ENOMEM. */
int found_mounts_add(struct found_mounts *m, const struct found_mount *mount);
void found_mounts_clear(struct found_mounts *m);

/* A bpffs: its files are looked at closer. 0 always. */
int found_mounts_add_bpffs(struct walker *w, uint64_t device);

/* Finds tasks for the mounts without one: @w goes through the processes, and through their threads
 * if need be. 0, -ECANCELED or another negative errno. */
int found_mounts_find_tasks(struct found_mounts *m, struct walker *w);

/* Makes holders of them. Of mounts that are copies of one another (mount propagation made one from
 * the other, and takes it away with the other), only the first is one; likewise of the mounts of a
 * file system. 0 or -ENOMEM. */
int found_mounts_emit(struct found_mounts *m, struct builder *b);
