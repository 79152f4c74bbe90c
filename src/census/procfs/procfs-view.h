/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a procfs can show us at all. */

#include "census/builder.h"
#include "util/error.h"

/* Refuses a /proc that belongs to another pid namespace than ours: the numbers in it mean other
 * processes to the system calls. 0, or -EXDEV with the sentence. */
int procfs_view_check(int proc_fd, struct error *error);

/* Counts what hides processes from us: a pid namespace of our own, hidepid=, subset=. 0, or a
 * negative errno. */
int procfs_view_gaps(int proc_fd, struct builder *b);
