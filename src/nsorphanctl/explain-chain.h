/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The chain in one line: from an address that answers to the process that keeps it. */

#include "nsorphanctl/explain-text.h"

/* "10.0.0.7 → eth0 ⇄ vetha71c3e (docker0) → net:[4026532249] → netlink/route socket, fd 4 →
 * vpn-helperd (pid 5096, vpn.service)", with "and N more" where there are several. Nothing where no
 * holder is known. */
void explain_chain_print(FILE *f, const struct explain *e);
