/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Takes from the calling process, of one thread, all that reading an open file does not need: it
 * can read the files it has open, map memory that cannot be executed, and talk over one socket. It
 * cannot open, write or execute anything, find or signal another process, or use a capability.
 * Whatever else it tries, the kernel ends it. */

/* Limits of what it may use: processor time, memory, size of files, open files. 0 or a negative
 * errno. */
int sandbox_limit(void);

/* Without return, but for what remains of @socket_fd and of the files that are open. 0 or a
 * negative errno; then nothing hostile must be read. */
int sandbox_enter(int socket_fd);
