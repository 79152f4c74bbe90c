/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Who is of nsorphan: daemons, clients, what a client's `enter` runs. All of them look into
 * namespaces, and what they hold there for a moment, or for as long as somebody looks around, must
 * not look like what keeps a leak alive, nor like its end.
 *
 * Each of them is in a list that only root can write: a directory of mode 0700, a file for each
 * process, named by its pid and with its start time in it. Nobody else gets into it, whatever he
 * calls himself and whichever program he runs. An entry is written before anything is looked at,
 * and stays when its process has ended, for some minutes: whoever has seen a process and asks
 * afterwards gets the answer that was right when it was seen. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

/* Puts this process on the list: all that it holds outside of its own namespace is ours. Also
 * removes entries of processes that have ended long ago. 0, or a negative errno: then others take
 * us for a stranger (not root, no /run). */
int ourselves_register(void);

/* From now on this process visits the namespace, and so does all that it starts: what they hold in
 * there is ours, and nothing else. For a process that is about to become another program. 0 or a
 * negative errno. */
int ourselves_register_visitor(uint64_t inode, uint64_t cookie);

struct ourselves_visitor {
        pid_t pid;
        uint64_t start_ticks;
        uint64_t inode, cookie;
};

/* The list as one thread reads it. */
struct ourselves {
        int proc_fd, dir_fd, visitors_fd;
        struct ourselves_visitor *visitors;
        size_t n_visitors, room_visitors;
        struct timespec changed; /* of the directory, when the visitors were read */
        bool settled;            /* that time was long past: an equal one means no change */
};

/* @proc_fd (of /proc) stays the caller's. Where there is no list, or somebody else could have
 * written it, nobody is of us. */
void ourselves_init(struct ourselves *o, int proc_fd);
void ourselves_deinit(struct ourselves *o);

/* Whether the process is (or was, just now) one of ours. */
bool ourselves_has(struct ourselves *o, pid_t pid);

/* Whether the process visits the namespace: it or an ancestor of it is listed as its visitor. A
 * cookie of 0 is not known. */
bool ourselves_visits(struct ourselves *o, pid_t pid, uint64_t inode, uint64_t cookie);
