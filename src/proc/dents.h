/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Directories of numbers: /proc, /proc/PID/task, /proc/PID/fd. */

#include <stddef.h>
#include <stdint.h>

/* One system call lists some 2,600 fds with this. */
#define DENTS_BUFFER_SIZE 65536

struct dents {
        int dir_fd;   /* the caller's */
        char *buffer; /* the caller's, aligned as malloc() does */
        size_t size;
        size_t position, filled;
        int64_t before; /* where in the directory the entry returned last stands */
        int64_t after;
};

#define DENTS_INIT(fd, memory, n) ((struct dents){.dir_fd = (fd), .buffer = (memory), .size = (n)})

/* The next entry whose name is a number. 1 with the number and the name, 0 at the end, or a
 * negative errno. Never allocates. */
int dents_next(struct dents *d, uint64_t *ret_number, const char **ret_name);

/* Whether the next call lists the directory further, instead of returning what was listed. */
static inline int dents_is_drained(const struct dents *d)
{
        return d->position >= d->filled;
}

/* Goes back to an entry that dents.before said, so that it and those behind it are listed anew. */
int dents_seek(struct dents *d, int64_t before);
