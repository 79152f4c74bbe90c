/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Reading small files whole, and replacing files whole. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "util/macro.h"

/* Reads @path (relative to @dir_fd) to its end into a new NUL-terminated buffer, at most @max
 * bytes. Works for procfs files, whose size says nothing. Returns 0, -EFBIG when there is more
 * than @max, or a negative errno. @ret_size may be NULL. */
int file_read_at(int dir_fd, const char *path, size_t max, char **ret, size_t *ret_size);

/* Makes @path hold exactly @bytes, mode 0600: a reader, or a process that is killed, at any point
 * finds the old file or the new one, whole. Written beside it as PATH.new, synced, renamed over it,
 * and the directory synced. Returns 0 or a negative errno; then the old file is as it was, unless
 * it was only the last sync that failed. */
int file_replace(const char *path, const void *bytes, size_t n_bytes);

/* The same with the @n parts one behind the other. */
int file_replace_parts(const char *path, const struct iovec *parts, size_t n);

/* What tells a file from all others, whatever it is called. */
struct file_id {
        uint64_t device; /* major << 32 | minor; with inode 0: no file */
        uint64_t inode;
};

/* Which file @path (relative to @dir_fd, links followed) leads to, without asking a server and
 * without mounting anything. 0 or a negative errno. */
int file_id_at(int dir_fd, const char *path, struct file_id *ret);

/* The same, and whether it is a regular file of root's that nobody else may write to. */
int file_id_of_roots(int dir_fd, const char *path, struct file_id *ret, bool *ret_is_roots);

static inline bool file_id_equal(const struct file_id *a, const struct file_id *b)
{
        return a->inode != 0 && a->inode == b->inode && a->device == b->device;
}
