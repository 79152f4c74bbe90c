/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the files of a bundle are made from. Each prints itself to @f, or returns a negative errno,
 * with the reason: bundle-host.h, bundle-daemon.h, bundle-census.h. */

#include <stdio.h>

#include "census/census.h"
#include "census/compare.h"
#include "nsorphanctl/options.h"
#include "util/error.h"

struct bundle_facts {
        const struct options *options;
        struct census *bpf, *procfs; /* NULL: see the reasons */
        struct comparison *comparison;
        struct error no_bpf, no_procfs;
};
