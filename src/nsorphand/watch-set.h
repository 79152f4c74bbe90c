/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One thread for every network namespace: the one whose exit is worth a look. */

#include "census/census.h"

struct watch {
        pid_t tid;
        uint64_t netns; /* inode number of the namespace it is in */
};

struct watch_set {
        struct watch *watches; /* sorted by tid, a tid at most once */
        size_t n, room;
        uint64_t *netns; /* their namespaces, sorted; as many, and as much room */
};

void watch_set_deinit(struct watch_set *s);

/* The oldest listed thread of every namespace that has any. 0, or -ENOMEM with *ret empty. */
int watch_set_from_census(struct watch_set *ret, const struct census *census);

/* Adds (or moves to @netns). 0 or -ENOMEM. */
int watch_set_add(struct watch_set *s, pid_t tid, uint64_t netns);

/* The watch on @tid, or NULL. */
const struct watch *watch_set_find(const struct watch_set *s, pid_t tid);

/* Whether any watch is on @netns. */
bool watch_set_has_netns(const struct watch_set *s, uint64_t netns);

/* Takes @tid away if it is there. */
void watch_set_remove(struct watch_set *s, pid_t tid);

/* Inode number of the network namespace thread @tid is in now, from /proc. 0 or a negative errno:
 * -ENOENT when it has exited (also as a zombie), -EACCES when that may not be known. */
int watch_set_netns_of(pid_t tid, uint64_t *ret_netns);

/* Whether the thread of @w is certainly not in its namespace any more. */
bool watch_set_is_over(const struct watch *w);
