/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Reading small files whole, and replacing files whole. */

#include <stdint.h>
#include <sys/types.h>

#include "util/macro.h"

/* Reads @path (relative to @dir_fd) to its end into a new NUL-terminated buffer, at most @max
 * bytes. Works for procfs files, whose size says nothing. Returns 0, -EFBIG when there is more
 * than @max, or a negative errno. @ret_size may be NULL. */
int file_read_at(int dir_fd, const char *path, size_t max, char **ret, size_t *ret_size);

/* Makes @path hold exactly @bytes, mode 0600: whoever is killed, or looks, at any point finds the
 * old file or the new one, whole. Written beside it as PATH.new, synced, renamed over it, and the
 * directory synced. Returns 0 or a negative errno; then the old file is as it was, unless
 * it was only the last sync that failed. */
int file_replace(const char *path, const void *bytes, size_t n_bytes);
