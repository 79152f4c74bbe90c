/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* From what the phases found to holders, and to how many of the kernel's references they explain.
 */

#include "census/bpf/owners.h"
#include "census/bpf/records.h"
#include "census/census.h"

/* What /proc says of a holder, where it can be asked. */
enum checked {
        CHECKED_NOT_YET,
        CHECKED_AND_TRUE,
        CHECKED_NO_FD,   /* no fd leads to it */
        CHECKED_REFUSED, /* its process may not be looked into */
        CHECKED_MUTE,    /* such a file does not say which namespace it is of */
        CHECKED_BEFORE,  /* and not again since the counts have changed */
        CHECKED_AND_FALSE,
};

struct found_holder {
        enum checked checked;
        enum holder_kind kind, carried;
        pid_t pid, tid;
        int fd;
        bool looks;     /* the process is of nsorphan, and does not live there */
        unsigned depth; /* in flight: how many queues deep */
        int family, type, protocol;
        uint64_t inode;
        uint64_t cookie;     /* of the socket; 0 */
        uint64_t start_nsec; /* of the process, since boot; 0 without one */
        uint64_t path;       /* a mount that only this file keeps, 0 for none */
        uint64_t object;     /* for what tells references apart, and nothing else */
};

/* One namespace whose references are looked for. */
struct tracked {
        /* From the look. */
        uint64_t net, cookie;
        uint64_t nsfs_inode; /* 0 for none */
        uint64_t counted;    /* references */
        unsigned proxies;    /* of its tasks */
        unsigned paths;      /* open nsfs files and mounts */
        /* Found. */
        uint64_t explained;
        unsigned paths_explained; /* nsfs files, and mounts that only they keep */
        unsigned mounts;          /* the other paths */
        unsigned unsought;        /* paths that were not looked for */
        struct found_holder *holders;
        size_t n_holders, room;
        bool capped;         /* it has more holders than are listed */
        bool waits;          /* it was not looked at: its owner's share is used up for now */
        bool was_orphaned;   /* when it was judged last */
        uint64_t found_usec; /* CLOCK_MONOTONIC; 0: to be looked for anew */
};

void tracked_clear(struct tracked *t); /* what was found */

/* Makes @to a copy of @from. 0 or -ENOMEM. */
int tracked_copy(struct tracked *to, const struct tracked *from);

/* Fills in what was found of @t from all @records, which are sorted. 0 or -ENOMEM. */
int tracked_account(struct tracked *t, const struct records *records, const struct owners *owners);

/* The same without a search: of what was @known, NULL for nothing, what can still be. Paths that
 * have come since are unsought. 0 or -ENOMEM. */
int tracked_wait(struct tracked *t, const struct tracked *known);

/* Whether something is left to be looked for. */
bool tracked_is_pending(const struct tracked *t);
