/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Work that may wait for ever, on a thread of its own, which the loop never waits for. All but the
 * work itself is for the loop's thread. */

#include <stddef.h>
#include <systemd/sd-event.h>

struct job_kind {
        const char *name; /* of the thread: at most 15 characters */
        size_t stack_size;
        void (*work)(void *task); /* on the thread */
        void (*free)(void *task); /* on the one that leaves last */
};

/* Called once, when the work has ended; the job is freed afterwards. */
typedef void (*job_done_fn)(void *task, void *userdata);

struct job;

/* Starts it, and takes @task over, also on failure. 0 or a negative errno. */
int job_start(struct job **ret, sd_event *event, const struct job_kind *kind, void *task,
              job_done_fn done, void *userdata);

/* Ends the caller's interest: @done is not called any more. The thread is left to itself, and frees
 * what it needs when it ends. */
void job_abandon(struct job *job);
