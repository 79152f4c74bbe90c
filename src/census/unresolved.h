/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Holders whose namespace is not known, a fair share of them for everyone: what is beyond a share
 * is only counted. Internal to the builder. */

#include "census/census.h"

/* How many holders are kept, of one share and in all. */
#define UNRESOLVED_EACH  1024
#define UNRESOLVED_TOTAL 8192

struct unresolved {
        struct holder *holders;
        struct fair_share **of; /* for each, whom it is charged to */
        size_t n, room, room_of;
        struct unresolved_known *known; /* by process and file */
        struct fair_shares shares;
        struct fair_share *last; /* of holders of last_pid */
        pid_t last_pid;
};

void unresolved_init(struct unresolved *u);
void unresolved_deinit(struct unresolved *u);

/* Takes over the strings of @h. 2 when the process has that file already, 1, 0 when it was only
 * counted, or -ENOMEM. */
int unresolved_add(struct unresolved *u, struct holder *h);

/* Counts a process of @uid of which not all was looked at. 0 or -ENOMEM. */
int unresolved_count_cut(struct unresolved *u, pid_t pid, uid_t uid);

/* Moves all of @from into @u; @dropped is called for each that is only counted now. 0 or -ENOMEM.
 */
int unresolved_merge(struct unresolved *u, struct unresolved *from,
                     void (*dropped)(pid_t pid, void *userdata), void *userdata);

/* Takes out number @i; its place is empty then (HOLDER_NONE). */
struct holder unresolved_take(struct unresolved *u, size_t i);

/* The shares that have more than is listed, into @census. 0 or -ENOMEM. */
int unresolved_finish(struct unresolved *u, struct census *census);
