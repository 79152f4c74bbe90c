/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What an open file of procfs is. Its link, the name of a file or a path prove nothing: any of them
 * can be made to look like any other, by bind mounts, file systems in user space and the like. */

#include "census/census.h"
#include "census/procfs/proc-mounts.h"
#include "util/number-set.h"

enum proc_file {
        PROC_FILE_NOTHING, /* none below a net/, none that holds its namespace, or a dead one */
        PROC_FILE_HOLDS,   /* one that keeps its namespace */
        PROC_FILE_ALIVE,   /* of procfs, can be opened; which file is not known */
        PROC_FILE_PERHAPS, /* below a net/; whether it holds its namespace is not known */
        PROC_FILE_UNKNOWN, /* not even that */
};

/* What is learned by the way, for all files of a scan. */
struct proc_files {
        int proc_fd;            /* the caller's */
        uint64_t device;        /* of our own /proc */
        struct proc_mounts own; /* mounts in our mount namespace */
        struct proc_mounts of;  /* in that of task of_pid, of_tid */
        pid_t of_pid, of_tid;
        struct number_set *tree; /* files of procfs that are no process's; NULL: not read yet */
        bool tree_complete;
};

/* 0 or a negative errno. */
int proc_files_init(struct proc_files *f, int proc_fd);
void proc_files_deinit(struct proc_files *f);

/* Whether a file with this number is one of procfs that is of no process and no network namespace.
 * 1, 0, or a negative errno: not all of them could be seen. */
int proc_files_tree_has(struct proc_files *f, uint64_t inode);

/* What the file of @h is, and which: @ret_file gets "tcp", a static string, or NULL. 0 or -ENOMEM.
 */
int proc_file_look(struct proc_files *f, const struct holder *h, enum proc_file *ret,
                   const char **ret_file);
