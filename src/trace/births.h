/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The programs in the kernel that note births, and what they have noted. */

#include <stdbool.h>
#include <stdint.h>

#include "trace/record.h"
#include "util/error.h"
#include "util/macro.h"

/* So many births are kept at most: of 512 bytes each, some 32 MiB, which the kernel takes as they
 * come, and 1 MiB at once. One share may have an eighth of them. */
#define BIRTHS_MAX     65536
#define BIRTHS_PER_ALL 8

struct births;

/* Loads and attaches the programs. @all: also sockets that a process opens in its own namespace.
 * @room: births at most, BIRTHS_MAX but in a test. 0, or a negative errno with a clause that says
 * why not. */
int births_new(struct births **ret, bool all, unsigned room, struct error *reason);

/* Detaches them; what they have noted is gone. */
struct births *births_free(struct births *b);
DEFINE_CLEANUP(struct births *, births_free);

/* From now on it notes also sockets that a process opens in its own namespace, or no longer. */
void births_set(struct births *b, bool all);

/* The birth of the socket with this cookie. 0, -ENOENT, or another negative errno. For any thread.
 */
int births_get(const struct births *b, uint64_t cookie, struct birth_record *ret);

/* How many there are. For any thread. */
void births_count(const struct births *b, struct birth_counts *ret);

/* Drops those of a part of them whose sockets are gone: the kernel leaves out a few when it is
 * busy. A call takes some 0.1 ms. For one thread at a time. */
void births_sweep(struct births *b);
