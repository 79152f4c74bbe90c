/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Everything about one orphan that ends the search: what is inside, who holds it, through what, and
 * why. A value: it keeps pointers into the namespace's census, and is freed before that. */

#include "census/census.h"
#include "inspect/cause.h"
#include "inspect/inside.h"
#include "inspect/origin.h"
#include "inspect/process-facts.h"
#include "inspect/socket-owners.h"
#include "util/error.h"

/* What has become of the process that opened a socket (its birth). */
enum held_opener {
        HELD_OPENER_UNKNOWN, /* no birth, or the process cannot be seen from here */
        HELD_OPENER_RUNS,
        HELD_OPENER_GONE,
};

struct held {
        const struct holder *holder;
        const struct process_facts *process; /* NULL where nobody holds it (a mount) */
        const struct socket_detail *detail;  /* NULL when the kernel lists no such socket inside */
        struct origin origin;
        enum held_opener opener;
        const struct cause *cause; /* NULL: not known */
};

struct inspection {
        const struct netns *netns;
        struct inside *inside; /* NULL when it cannot be entered; then: */
        struct error inside_error;
        struct held *held; /* one for each listed holder, in the census's order */
        size_t n_held;
        struct process_facts **processes;
        size_t n_processes;
        struct socket_owner *peers; /* processes at the other ends of held unix sockets */
        size_t n_peers;
};

/* Inspects @ns, a namespace of @census. With PROCESS_FACTS_MAY_HANG in @flags it also reads what
 * may hang with a stuck process, after everything else. Never on a thread that serves anybody.
 *
 * A namespace that cannot be entered, or is gone by now, is inspected from outside all the same:
 * inside_error says why. 0 or -ENOMEM. */
int inspection_new(const struct census *census, const struct netns *ns, unsigned flags,
                   struct inspection **ret);
struct inspection *inspection_free(struct inspection *i);
DEFINE_CLEANUP(struct inspection *, inspection_free);
