/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Making processes let go of one open file that keeps a namespace, without ending them: in each fd
 * table that has it, an unconnected unix datagram socket takes its place. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "census/census.h"
#include "util/error.h"

/* One place where the file is. */
struct release_place {
        const struct holder *holder; /* the census's */
        bool cloexec;
        bool done;             /* it was replaced */
        uint64_t stopped_nsec; /* for so long a thread of the process was stopped */
        struct error refused;  /* why it cannot be replaced; a clause as of inject.h, or "" */
};

struct release {
        int file; /* a duplicate of ours: while it is open, no other file is taken for it */
        struct release_place *places;
        size_t n;
        size_t n_refused;
};

#define RELEASE_INIT ((struct release){.file = -EBADF})

/* Which file of @ns is meant, as the holder that has it: that of the process @pid (0: of any), with
 * the number @fd (negative: any). 0, -ENXIO when there is none, -ENOTUNIQ when there are several
 * files, -EPERM when it is held in a way that cannot be released; with the sentence. */
int release_choose(const struct netns *ns, pid_t pid, int fd, const struct holder **ret,
                   struct error *error);

/* Finds all places where the file that @chosen has is, and looks at each whether it can be replaced
 * there. A negative errno with the sentence when the file cannot be had (any more). Keeps the
 * namespace, until release_deinit(). */
int release_plan(const struct netns *ns, const struct holder *chosen, struct release *ret,
                 struct error *error);

/* Replaces it in every place, one after the other; those of a plan without refused ones. A place
 * that failed says why in `refused`, is counted in `n_refused`, and the others are dealt with all
 * the same. */
void release_act(struct release *r);

/* Closing our duplicate may take as long as the socket lingers. */
void release_deinit(struct release *r);
