/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the ledger knows of a holder and a later census does not: the birth certificate of a socket,
 * of which the kernel's notes are gone (the daemon was restarted, tracing is off). */

#include "ledger/ledger.h"

/* Gives every holder in @c that has no birth, or one of which less is known, the one that @l knows
 * of the same socket. 0 or -ENOMEM. */
int recall_births(const struct ledger *l, struct census *c);
