/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The kernel's own word on whether something still leads to a namespace, at one instant and
 * wherever the reference may be: in a process that may not be read, in flight, in a mount nobody
 * sees.
 *
 * Linux 6.18 opens a namespace by its cookie and inode number (open_by_handle_at(2) on nsfs), with
 * no socket of others in our hands. The nsfs inode that we get is made by that very open when there
 * was no other reference, and is the old one when there was: its change time, which is that of its
 * making, tells (fs/nsfs.c, nsfs_init_inode(); fs/libfs.c, path_from_stashed()).
 *
 * Linux 6.19 counts active references, and refuses (ESTALE) when there is neither a task nor an
 * nsfs reference: that is the whole verdict. Measured on 6.18 and 7.2; docs/limits.md says what is
 * done on older kernels. */

#include "census/census.h"

enum witness_word {
        WITNESS_SILENT,       /* can not tell: older kernel, no privilege, no cookie */
        WITNESS_REFERENCED,   /* there is an nsfs reference (6.19+: or a task) */
        WITNESS_UNREFERENCED, /* there is none; a task may still be in it */
        WITNESS_INACTIVE,     /* neither a reference nor a task */
};

struct witness {
        uint64_t since_nsec; /* CLOCK_REALTIME, when the namespaces are asked about */
        bool counts_active;  /* Linux 6.19+ */
        bool privileged;     /* CAP_SYS_ADMIN everywhere: without it, ESTALE means "not for you" */
};

/* Prepares to ask about this moment. Waits for the next tick of the kernel's coarse clock, of which
 * its timestamps are made: 1 to 10 ms. */
void witness_init(struct witness *w);

/* Asks about one namespace. What we look at through is closed again on return. */
enum witness_word witness_ask(const struct witness *w, const struct netns_identity *id);
