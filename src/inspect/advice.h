/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How to make a process let go of what it holds, in the way that harms least, and what must not be
 * advised: an administrator pastes it as root. A command holds numbers and validated words only;
 * what a process calls itself is in none. */

#include "inspect/process-facts.h"

enum advice_kind {
        ADVICE_RESTART_UNIT,      /* its system service */
        ADVICE_RESTART_USER_UNIT, /* a service of one user's manager */
        ADVICE_RESTART_CONTAINER, /* by its engine, by the id */
        ADVICE_END_PROCESS,       /* a process that is nobody's service */
        ADVICE_NONE,              /* nothing that could be advised: see reason */
};

struct advice {
        enum advice_kind kind;
        const char *reason; /* ADVICE_NONE: a clause that goes on from "it ", without full stop */
};

/* A pure function of the facts. */
struct advice advice_for(const struct process_facts *p);

/* Why the process must not even be stopped for a moment: pid 1, the message bus, systemd's own. The
 * same kind of clause; NULL for others. */
const char *advice_vital(const struct process_facts *p);

/* The command for @advice, which must not be ADVICE_NONE. New string; NULL when out of memory. */
char *advice_command(const struct advice *advice, const struct process_facts *p);

/* What ends or starts anew by it: a clause without full stop. @advice must not be ADVICE_NONE. */
const char *advice_affected(const struct advice *advice, const struct process_facts *p);

/* Whether two processes are made to let go by one and the same command. */
bool advice_is_same(const struct process_facts *a, const struct process_facts *b);
