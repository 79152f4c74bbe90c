/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Two censuses of one host, held against each other: BPF and the walk over /proc are two witnesses,
 * and where they disagree and nothing explains it, one of them is wrong. Pure. */

#include "census/census.h"

enum compare_kind {
        COMPARE_ONLY_BPF,           /* a namespace that only BPF has */
        COMPARE_ONLY_PROCFS,        /* a namespace that only procfs has */
        COMPARE_IDENTITY,           /* one inode number with two cookies, or the reverse */
        COMPARE_VERDICT,            /* a namespace that both have, with two verdicts */
        COMPARE_HOLDER_ONLY_BPF,    /* a holder in a process of which procfs saw everything */
        COMPARE_HOLDER_ONLY_PROCFS, /* a holder beyond those that explain every reference */
        _COMPARE_KIND_MAX,
};

/* "only_bpf", … */
const char *compare_kind_to_string(enum compare_kind kind);

struct disagreement {
        enum compare_kind kind;
        struct netns_identity id;    /* by BPF, where it has the namespace, else by procfs */
        struct netns_identity other; /* COMPARE_IDENTITY: by procfs */
        enum verdict bpf, procfs;    /* what they say, of those who have the namespace */
        enum holder_kind holder;     /* that is denied; HOLDER_NONE where it is not of one */
        pid_t pid;                   /* its process; 0 */
        int fd;                      /* -1 */
        bool by_user; /* a user other than root could bring it about: the namespace or something
                         that holds it is his, and he moves it as he likes */
};

struct comparison {
        struct disagreement *list;
        size_t n;
        uint64_t compared;  /* namespaces that both have */
        uint64_t explained; /* differences that one of the rules of compare_censuses() allows */
};

/* Holds @bpf against @procfs, both as scans make them (sorted). They may differ in
 *
 * - what is younger than the scan that has not seen it: a process that began later;
 * - what a gap of procfs hides: a verdict that is partial, what is of a process that was not wholly
 *   seen, and holders of the kinds that /proc does not show, or shows without their namespace;
 * - holders where references of the kernel's are unexplained, or not all holders are listed.
 *
 * No two censuses are of one moment: a disagreement counts when it is found again in two censuses
 * made anew (compare_keep()). 0, or -ENOMEM. */
int compare_censuses(const struct census *bpf, const struct census *procfs,
                     struct comparison **ret);

/* What a user could bring about counts as explained. */
void compare_leave_users_out(struct comparison *c);

/* How many times both are made at most, until nothing is left of what they disagreed in. */
#define COMPARE_LOOKS_MAX 3

/* Of the disagreements in @c only those stay that were in @earlier, too; the others count as
 * explained: by time. */
void compare_keep(struct comparison *c, const struct comparison *earlier);

struct comparison *compare_free(struct comparison *c);
DEFINE_CLEANUP(struct comparison *, compare_free);
