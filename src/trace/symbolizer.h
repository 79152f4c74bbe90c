/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One run of nsorphan-symbolize, the child that reads a foreign file in our place. Any thread may
 * have one. */

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct symbolizer {
        pid_t pid;
        int pidfd;
        int socket_fd;
};
#define SYMBOLIZER_NONE ((struct symbolizer){.pidfd = -EBADF, .socket_fd = -EBADF})

/* Starts @program, with its socket as standard input and nothing else of ours. 0 or a negative
 * errno: -ENOENT where it is not installed. */
int symbolizer_start(struct symbolizer *ret, const char *program);

/* Sends it a message, with a duplicate of @fd unless that is negative. 0 or a negative errno. */
int symbolizer_tell(struct symbolizer *s, const void *message, size_t size, int fd);

/* Waits for a message of up to @size bytes until @deadline_usec (CLOCK_MONOTONIC). Its size, which
 * is more than 0; -EPIPE when it has ended, -ETIMEDOUT, -EMSGSIZE, or another negative errno. */
ssize_t symbolizer_hear(struct symbolizer *s, void *ret, size_t size, uint64_t deadline_usec);

/* Ends it, whatever it is at, and leaves no zombie. One that is stuck in the kernel is left behind;
 * nobody waits for it. */
void symbolizer_end(struct symbolizer *s);
static inline void symbolizer_endp(struct symbolizer *s)
{
        symbolizer_end(s);
}
