/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The names that unix sockets listen under in the network namespace a process lives in: a connected
 * socket with one of them was accepted; one with a name of its own is a client's that was bound
 * before it connected, as sd-bus does. */

#include <stdbool.h>
#include <stddef.h>

#include "census/process.h"

/* All zero is an empty one. */
struct unix_listeners {
        const struct process *process; /* whose they are */
        char **names;                  /* escaped, "@name" for an abstract one */
        size_t n;
};

/* Lists them for @process, unless they are its already. Enters its namespace with a thread. Where
 * that cannot be done there are none. 0 or -ENOMEM. */
int unix_listeners_read(struct unix_listeners *l, const struct process *process);
bool unix_listeners_have(const struct unix_listeners *l, const char *name);
void unix_listeners_deinit(struct unix_listeners *l);
