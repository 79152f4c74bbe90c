/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What is to be asked of namespaces to resolve holders: whose is this socket, whose is this file?
 * Asked once of each, however many hold it. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "census/census.h"
#include "census/procfs/proc-net.h"
#include "util/hash.h"

struct question {
        struct {
                uint64_t inode;
                uint64_t file; /* 1: of a file of procfs, 0: of a socket */
        } key;
        uint64_t tables; /* of a socket: where it may be; 0: anywhere, and that proves nothing */
        uid_t uid;       /* whose holders ask it; UID_UNKNOWN: those of several */
        bool found;
        bool dropped;             /* for want of time: nothing is concluded */
        struct netns_identity id; /* where it was found */
        int family, type, protocol;
        enum proc_net_kind kind; /* of a file, as where it was found */
        const char *file;        /* static: "tcp" */
        UT_hash_handle hh;
};

/* All zero at first. */
struct questions {
        struct question *all;

        /* What is still to be asked; to be found out anew when stale. */
        bool stale, files_wanted, sockets_wanted, all_tables_wanted;
        uint64_t tables_wanted;
};

void questions_deinit(struct questions *q);

/* The question about a socket, or a file of procfs; NULL when there is none. */
struct question *questions_find(struct questions *q, uint64_t inode, bool file);

/* The same, made where there is none, for a holder of @uid: of a socket that is in one of @tables,
 * if anywhere, or in who knows which (0). NULL when out of memory. */
struct question *questions_add(struct questions *q, uint64_t inode, bool file, uint64_t tables,
                               uid_t uid);

/* What was asked about is in namespace @id: fill in the rest. NULL when nobody asks, or it was
 * found before. */
struct question *questions_answer(struct questions *q, uint64_t inode, bool file,
                                  const struct netns_identity *id);

/* Finds out what is still to be asked. @any: also about sockets that may be in any table. */
void questions_sum_up(struct questions *q, bool any);

/* Takes back what is open and asked by holders of @uid alone. */
void questions_drop(struct questions *q, uid_t uid);
