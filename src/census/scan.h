/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One scan from start to end: chooses the source, has it make a census, and names the holders. And
 * what is kept from scan to scan, so that the next is cheaper.
 *
 * For one thread at a time, which may block on foreign files (see scan_progress): never one that
 * serves anybody. */

#include "census/source.h"

struct scan;

/* Starts what scans need for looks that may block (scan_options.fork_server): to be called before
 * any thread is started. A scan that is left behind may still use it, so it is never freed while
 * the program runs. 0, or a negative errno with the sentence. */
int scan_fork_server(struct fork_server **ret, struct error *error);

/* Where evidence may come from: procfs/procfs.h, bpf/source.h. */
struct scan_sources {
        int (*procfs)(struct source **ret, struct error *error);
        int (*bpf)(struct source **ret, struct error *reason);
};

/* Learns the kernel's devices and what it can do. 0, or a negative errno with the sentence:
 * -ENOSYS kernel too old, -ENOENT no /proc, -ENOMEM. Needs no privilege itself: what it may not see
 * later is counted in the coverage. */
int scan_new(struct scan **ret, struct error *error);
/* The same with sources of the caller's, of which it keeps the functions. */
int scan_new_with(struct scan **ret, const struct scan_sources *sources, struct error *error);
struct scan *scan_free(struct scan *s);
DEFINE_CLEANUP(struct scan *, scan_free);

/* Makes one census. @progress may be NULL. 0, or a negative errno with the sentence; then nothing
 * about the host may be concluded. Processes that vanish on the way are no error. */
int scan_make(struct scan *s, const struct scan_options *options, struct scan_progress *progress,
              struct census **ret, struct error *error);
