/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Whom what a process does is charged to, so that one user's doings cost no other anything. */

#include <stdint.h>
#include <sys/types.h>

#include "util/fair-share.h"

#define CHARGE_CACHE_MAX 16

/* User namespaces asked about lately; all zero at first. For one thread. */
struct charge_cache {
        uint64_t own; /* inode number of ours; 0: not read yet */
        struct {
                uint64_t inode;
                uid_t uid;
        } userns[CHARGE_CACHE_MAX];
        unsigned next;
};

/* Of the process whose /proc/PID is @pid_dir: as userns_charged_uid() where it is in another user
 * namespace than ours, else its real uid. (The owner of /proc/PID would not do: it is root's where
 * the process is not dumpable, which anybody can see to.) UID_UNKNOWN when it is gone. */
uid_t charge_process(struct charge_cache *c, int pid_dir);

/* The name of the share of @pid, which is charged to @uid: that of root's processes is their unit,
 * where they have one. */
const char *charge_name(pid_t pid, uid_t uid, char buffer[static FAIR_SHARE_NAME_MAX]);
