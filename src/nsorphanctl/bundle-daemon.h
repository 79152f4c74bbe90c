/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Of a bundle: what the daemon says, and has said in the journal. */

#include "nsorphanctl/bundle-facts.h"

int bundle_daemon_status(const struct bundle_facts *b, FILE *f, struct error *error);
int bundle_daemon_list(const struct bundle_facts *b, FILE *f, struct error *error);
int bundle_daemon_journal(const struct bundle_facts *b, FILE *f, struct error *error);
