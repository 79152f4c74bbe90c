/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* `scan --compare`: both sources, held against each other. */

#include "census/compare.h"
#include "nsorphanctl/options.h"
#include "util/error.h"

/* Scans by both, again where they seem to disagree, and prints what is left of it. An exit status:
 * EXIT_FAILURE when they disagree. */
int scan_compare(const struct options *options);

/* Both censuses, as often as scan_compare() takes them: the last two, and what they disagree in
 * each time. Each belongs to the caller. 0 or a negative errno, with the sentence; then what there
 * is of them is there, else NULL. */
int scan_compare_look(const struct options *options, struct census **ret_bpf,
                      struct census **ret_procfs, struct comparison **ret, struct error *error);
