/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the two halves of settle.h share: what is to be asked, and asking. */

#include "census/procfs/proc-file.h"
#include "census/procfs/proc-net.h"
#include "census/procfs/settle.h"
#include "util/hash.h"

/* Whose is it? Asked once of a file or socket, however many hold it. */
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

/* An unresolved holder. */
struct asked {
        struct question *question; /* NULL: nothing to ask */
        uint64_t tables; /* a socket: it is in one of these tables, if anywhere; 0: who knows */
        enum proc_file file;
        const char *name; /* static: "tcp", as far as it is known */
};

struct settle {
        struct walk *walk;
        struct proc_files files;
        struct question *questions;
        struct asked *asked; /* in the order of the builder's unresolved holders */
        size_t n;
        unsigned rounds;
        bool unasked;     /* in the last round, a namespace could not be asked */
        bool out_of_time; /* nor will there be time for it */
        struct netns **known;
        size_t n_known, room_known;
        const struct netns *at; /* being asked */
        uint64_t began_usec;    /* the round, CLOCK_MONOTONIC */

        /* What is still to be asked; to be found out anew when stale. */
        bool stale, files_wanted, sockets_wanted, all_tables_wanted;
        uint64_t tables_wanted;
};

/* The question about a socket, or a file of procfs, or NULL. */
struct question *settle_find(struct settle *s, uint64_t inode, bool file);
