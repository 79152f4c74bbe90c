/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Of a bundle: what is to be known of the program, the kernel and the configuration. */

#include "nsorphanctl/bundle-facts.h"

int bundle_host_versions(const struct bundle_facts *b, FILE *f, struct error *error);
int bundle_host_kernel(const struct bundle_facts *b, FILE *f, struct error *error);
int bundle_host_configuration(const struct bundle_facts *b, FILE *f, struct error *error);
