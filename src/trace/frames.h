/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The stack of the thread that opened a socket: of addresses in a process, what is there. */

#include <stddef.h>
#include <stdint.h>

#include "census/birth.h"

/* Fills in @b's frames (it has none yet) from the @n addresses of a user stack, innermost first:
 * the first one is where the thread was, each other one is where a call returns to. Of more than
 * BIRTH_FRAMES_MAX, the first ones.
 *
 * @process_fd is of /proc/PID, or negative. As long as it is the process of @b and runs the program
 * that it ran then, each frame gets its file, the offset there, the build id and the function, as
 * far as they can be known, and what no code can be at is left out: that a chain of frame pointers
 * leads to in a program without them. What cannot be known stays NULL.
 *
 * Files are read by a child (trace/symbols.h). Takes about as long as @timeout_usec at most. 0 or
 * -ENOMEM; then @b has no frames. */
int frames_resolve(struct birth *b, int process_fd, const uint64_t *addresses, size_t n,
                   uint64_t timeout_usec);
