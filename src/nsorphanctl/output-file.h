/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A file for a result that comes later: opened before anything is done, so that what cannot be
 * written is known at once, an old result is gone, and nobody can put another file in its place
 * meanwhile. */

#include <stdbool.h>
#include <stdio.h>

#include "util/error.h"

struct output_file {
        int fd;
        const char *path; /* borrowed */
        bool regular;
};

#define OUTPUT_FILE_NULL                                                                           \
        {                                                                                          \
                .fd = -EBADF                                                                       \
        }

/* Opens, makes and empties the file; /dev/stdout, /dev/stderr and /dev/fd/N are that descriptor as
 * it is. No symbolic link, and no file that has several names. 0, or a negative errno with the
 * sentence. */
int output_file_open(struct output_file *f, const char *path, struct error *error);

/* Writes the whole result. 0 or a negative errno, with the sentence. */
int output_file_write(struct output_file *f, const void *bytes, size_t n, struct error *error);

/* All is written, by that or otherwise. 0, or -ESTALE with the sentence: the path leads to another
 * file by now, or to none. */
int output_file_finish(struct output_file *f, struct error *error);

void output_file_deinit(struct output_file *f);
