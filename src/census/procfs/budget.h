/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How much of a scan's time one process may take, and all processes of one user. What is left over
 * is a gap, and comes first in the next scan. Safe for several threads. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* CPU time for the open files of one process: some hundred thousand of them. */
#define BUDGET_PROCESS_USEC (2 * UINT64_C(1000000))
/* For those of all processes of a user in one walk; root has no such limit. */
#define BUDGET_USER_USEC (4 * UINT64_C(1000000))
/* What takes no longer is charged to nobody. */
#define BUDGET_FREE_USEC UINT64_C(10000)

struct budget;

struct budget *budget_new(void); /* NULL when out of memory */
struct budget *budget_free(struct budget *b);

/* A walk begins: nobody has used anything. What the walk before left over is what this one begins
 * with. Not while others use it. */
void budget_begin(struct budget *b);

/* Whether there is time left for processes of @uid. */
bool budget_admits(struct budget *b, uid_t uid);

/* That much more was used for a process of @uid. 0 or -ENOMEM. */
int budget_charge(struct budget *b, uid_t uid, uint64_t usec);

/* Where the files of a process were left: in the fd table of one of its threads; or,
 * with tid 0, nowhere: there was no time for any of them. */
struct budget_place {
        pid_t tid;
        int fd; /* the first that was not looked at */
};

/* Remembers for the next walk. 0 or -ENOMEM. */
int budget_leave(struct budget *b, pid_t pid, const struct budget_place *place);

/* Where the walk before left off. */
struct budget_place budget_resume(struct budget *b, pid_t pid);

/* The lowest pid that the walk before had no time for at all: whose turn is first. 0: none. */
pid_t budget_first(const struct budget *b);
