/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Of a bundle: the censuses, what they disagree in, and the command lines of the holders of
 * orphans. */

#include "nsorphanctl/bundle-facts.h"

int bundle_census_bpf(const struct bundle_facts *b, FILE *f, struct error *error);
int bundle_census_procfs(const struct bundle_facts *b, FILE *f, struct error *error);
int bundle_census_comparison(const struct bundle_facts *b, FILE *f, struct error *error);
int bundle_census_command_lines(const struct bundle_facts *b, FILE *f, struct error *error);
