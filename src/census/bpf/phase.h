/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One BPF program, loaded, with the maps that it and we both have in memory: a walk over something
 * in the kernel, made in runs of some milliseconds each. */

#include "census/bpf/phase-state.h"

/* Not loaded; the sizes of its maps are the smallest. */
void phase_init(struct phase *p, enum phase_name name);
void phase_deinit(struct phase *p); /* may be repeated */

/* Loads the program if it is not. 0, or the negative errno of the kernel: -EPERM may not, -EINVAL,
 * -EACCES refused by the verifier, -ENOSYS, -ESRCH no BTF, -ENOMEM. */
int phase_load(struct phase *p);

/* Has slots of a table forgotten before the next walk. */
void phase_forget(struct phase *p);

/* Adds an address to the slots of @map. 0, or -ENOBUFS: grow. */
int phase_want(struct phase *p, unsigned map, uint64_t address);

/* Makes the whole walk, in as many runs as it takes. 0 when it came to its end; -ENOBUFS when a map
 * is full: phase_grow(), fill the slots anew and walk again; -EAGAIN when the kernel's lists
 * changed faster than could be followed; -ETIMEDOUT; -ECANCELED; or the negative errno of bpf(2).
 */
int phase_walk(struct phase *p);

/* Loads the program anew with larger maps; their content is gone. 0, -E2BIG at the limit, or as
 * phase_load(). */
int phase_grow(struct phase *p);

/* How many records the last walk made. */
static inline unsigned phase_records(const struct phase *p)
{
        return p->run->records;
}

const char *phase_to_string(enum phase_name name);
