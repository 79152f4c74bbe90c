/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Looks for what refers to some namespaces: all open files first, and for what is left then, the
 * tables of sockets, file systems and links. The programs are loaded when they are first needed. */

#include "census/bpf/phase.h"
#include "census/bpf/tracked.h"

struct finder {
        struct phase phases[_PHASE_MAX]; /* from PHASE_FILES on */
        uint64_t n_files;                /* open files seen by the last walk */
        unsigned walks;
        uint64_t walk_nsec; /* of our CPU time, in all, but for loading programs */
};

void finder_init(struct finder *f);
void finder_deinit(struct finder *f);

/* Fills in what is found of each. 0, or a negative errno as of phase_walk() and phase_load(): then
 * of none. */
int finder_find(struct finder *f, struct tracked *tracked, size_t n);
