/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One scan from start to end, and what is kept between scans so that the next is cheaper.
 *
 * A scanner is used by one thread at a time and may block on foreign files (see scan_progress):
 * never call it from a thread that serves anybody. */

#include "census/census.h"
#include "census/scan-options.h"
#include "census/scan-progress.h"
#include "util/error.h"

struct scanner;

/* Starts what scans need for looks that may block (scan_options.fork_server): to be called before
 * any thread is started. A scan that is left behind may still use it, so it is never freed while
 * the program runs. 0, or a negative errno with the sentence. */
int scanner_fork_server(struct fork_server **ret, struct error *error);

/* Learns the kernel's devices and what it can do. 0, or a negative errno with the sentence:
 * -ENOSYS kernel too old, -ENOENT no /proc, -ENOMEM. Needs no privilege itself: what it may not see
 * later is counted in the coverage. */
int scanner_new(struct scanner **ret, struct error *error);
struct scanner *scanner_free(struct scanner *s);
DEFINE_CLEANUP(struct scanner *, scanner_free);

/* Makes one census. @progress may be NULL. 0, or a negative errno with the sentence; then nothing
 * about the host may be concluded. Processes that vanish on the way are no error. */
int scanner_scan(struct scanner *s, const struct scan_options *options,
                 struct scan_progress *progress, struct census **ret, struct error *error);
