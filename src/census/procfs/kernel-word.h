/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The kernel's own word on a namespace, at one instant and wherever a reference may be: in a
 * process that may not be read, in flight, in a mount that nobody sees.
 *
 * Linux 6.18 opens a namespace by its inode number and cookie (netns/handle.h), with no socket of
 * others in our hands. The nsfs inode that we get is made by that very open when there was no other
 * reference, and is the old one when there was: its change time, which is that of its making, tells
 * (fs/nsfs.c, nsfs_init_inode(); fs/libfs.c, path_from_stashed()).
 *
 * Linux 6.19 counts active references, and refuses (ESTALE) where there is neither a task nor an
 * nsfs reference. Stable and distributions' kernels may have that too, whatever their number, so it
 * is tried on a namespace of our own. An answer that could mean anything else is silence. */

#include "census/census.h"

/* What the kernel's refusal (ESTALE) means. */
enum kernel_word_rule {
        KERNEL_WORD_UNTRIED,
        KERNEL_WORD_NONE,   /* nothing: no handles, or we may not open all namespaces */
        KERNEL_WORD_ANY,    /* gone: each namespace opens that exists */
        KERNEL_WORD_ACTIVE, /* gone, or neither a task is in it nor does an nsfs file lead to it */
};

/* Finds it out, with a namespace that is made for it and gone on return: it had nothing but a
 * socket. Some milliseconds: once is enough for a kernel. */
enum kernel_word_rule kernel_word_try(void);

enum kernel_word {
        KERNEL_WORD_SILENT,
        KERNEL_WORD_REFERENCED,   /* there is an nsfs reference, or (active rule) a task */
        KERNEL_WORD_UNREFERENCED, /* there is none; a task may be in it */
        KERNEL_WORD_INACTIVE,     /* neither a reference nor a task */
};

/* The moment that is asked about. */
struct kernel_moment {
        enum kernel_word_rule rule;
        bool crowded;        /* others of us may be looking: a reference may be theirs */
        uint64_t since_nsec; /* CLOCK_REALTIME; 0: old inodes cannot be told from new ones */
};

/* Prepares to ask about this moment. Waits for the next tick of the kernel's coarse clock, of which
 * its timestamps are made: 1 to 10 ms. */
void kernel_word_prepare(struct kernel_moment *m, enum kernel_word_rule rule, bool crowded);

/* Asks about @ns. A watch on its file keeps the nsfs inode, but does not lead to it, and neither
 * does one of us who is in there (@visited): where one is known, a reference explains nothing. What
 * we look at through is closed again on return. Holding visit_lock_alone(), unless @m->crowded. */
enum kernel_word kernel_word_ask(const struct kernel_moment *m, const struct netns *ns,
                                 bool visited);

/* Whether the namespace still exists. */
enum netns_presence kernel_word_presence(enum kernel_word_rule rule,
                                         const struct netns_identity *id);
