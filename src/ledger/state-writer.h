/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A thread that replaces a file, for a caller that does not wait for it. */

#include <stdint.h>

#include "util/text-buffer.h"

struct state_writer;

/* Makes the first line from the rest, in the thread; at most STATE_WRITER_LINE_MAX bytes. */
#define STATE_WRITER_LINE_MAX 256
typedef int (*state_writer_line_fn)(char *buffer, size_t size, const struct text_buffer *body,
                                    const char *boot_id, uint64_t pid_namespace);

/* What to write: the first line, and @body behind it. */
struct state_writer_job {
        const char *path;
        struct text_buffer *body; /* taken over, also on failure */
        state_writer_line_fn line;
        const char *boot_id;
        uint64_t pid_namespace;
        int event_fd; /* eventfd(2) to be made readable at the end; copied */
};

/* 0 or a negative errno. */
int state_writer_start(struct state_writer **ret, const struct state_writer_job *job);

/* 1 when it has ended, with what came of it in *ret_result (0 or a negative errno), else 0. */
int state_writer_ended(struct state_writer *w, int *ret_result);

/* Leaves it alone: the thread frees what is left when it comes back, if it ever does. */
struct state_writer *state_writer_free(struct state_writer *w);
