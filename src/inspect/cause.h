/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Patterns by which namespaces leak, each with the evidence that must be there before it is named.
 * docs/causes.md has a section for each, under its name. */

#include <stdbool.h>

#include "census/census.h"
#include "inspect/origin.h"

/* What was seen of one holder. */
struct cause_evidence {
        const struct holder *holder;
        const struct process_facts *process; /* NULL: not known */
        const struct origin *origin;
        const struct socket_detail *detail; /* NULL: the kernel lists no such socket */
        bool open;                          /* a mapped socket: an fd of it is open as well */
        bool serves; /* it listens, or has the port of a socket that listens: made on purpose */
};

struct cause {
        const char *name;    /* "inherited_without_close_on_exec"; stable */
        const char *summary; /* a sentence without full stop, about the holder's program */
        const char *remedy;  /* what its author has to change, likewise */
        bool (*fits)(const struct cause_evidence *e);
};

extern const struct cause causes[];
extern const size_t n_causes;

/* The first that fits, or NULL: an honest "not known". */
const struct cause *cause_find(const struct cause_evidence *evidence);
