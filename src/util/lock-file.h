/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Locks between processes of ours that nobody else can take or keep.
 *
 * flock(2) asks for an open file and nothing more: a lock on a directory or a file that everybody
 * may read is everybody's. So a lock is a file of mode 0600, our own, in a directory that nobody
 * else can write to. */

#include <stdint.h>

#include "util/product.h"

/* Takes the lock @name in @directory, made there if it is missing, @how flock(2) says (LOCK_EX or
 * LOCK_SH), and waits @wait_usec at most: 0 is one try. May be called on any thread.
 *
 * An fd, which keeps the lock until it is closed; -EWOULDBLOCK when another process has it (or
 * another fd of ours); -EPERM when the directory, or the file, is another user's or others may
 * write to it; another negative errno. */
int lock_file_take(const char *directory, const char *name, int how, uint64_t wait_usec);

/* The directory for locks that all processes of ours on this host share: the daemon's runtime
 * directory, which is kept over restarts; made here where no daemon was. A literal. */
#define LOCK_DIRECTORY PRODUCT_RUN_DIRECTORY

/* lock_file_take() there. */
int lock_file_take_shared(const char *name, int how, uint64_t wait_usec);
