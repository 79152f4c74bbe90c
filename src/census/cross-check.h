/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Two witnesses: a census by BPF is held against one by procfs. What they disagree in is looked at
 * again, both made anew, before it counts (census/compare.h). What a user could bring about never
 * does: he would choose what the host is looked at with. */

#include "census/census.h"
#include "census/scan-options.h"
#include "util/error.h"

/* Makes a census by @source and no other. 0 or a negative errno with the sentence. */
typedef int (*cross_check_look_fn)(enum scan_source source, void *userdata, struct census **ret,
                                   struct error *error);

/* Checks *@census, which is by BPF. When they agree in the end, *census is the last one by BPF, and
 * nothing is kept of the other; else it is the last one by procfs, for nothing can be said of what
 * BPF says. Its `check` says what came out; where a look fails, no check was made, and *census is
 * by BPF. 0, or -ECANCELED with the sentence. */
int cross_check(struct census **census, cross_check_look_fn look, void *userdata,
                struct error *error);
