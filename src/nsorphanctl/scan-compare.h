/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* `scan --compare`: both sources, held against each other. */

#include "nsorphanctl/options.h"

/* Scans by both, again where they seem to disagree, and prints what is left of it. An exit status:
 * EXIT_FAILURE when they disagree. */
int scan_compare(const struct options *options);
