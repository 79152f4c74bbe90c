/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A tar archive (POSIX ustar) of small files, written one behind the other. */

#include <stdbool.h>
#include <stddef.h>

#include "util/error.h"

struct tar {
        int fd;
        const char *path; /* borrowed */
        bool finished;
};

#define TAR_NULL                                                                                   \
        {                                                                                          \
                .fd = -EBADF                                                                       \
        }

/* Makes the archive, mode 0600. A file that is there already is left alone, whatever it is:
 * -EEXIST. 0 or a negative errno, with the sentence. */
int tar_create(struct tar *t, const char *path, struct error *error);

/* Adds a regular file, mode 0600, of now. @name: at most 99 bytes. 0 or a negative errno. */
int tar_add(struct tar *t, const char *name, const void *bytes, size_t n);

/* Ends the archive, and has it on the disk. 0 or a negative errno. */
int tar_finish(struct tar *t);

/* Closes it; one that was not finished is removed. */
void tar_deinit(struct tar *t);
