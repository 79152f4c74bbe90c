/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the kernel's structures do not say as cheaply as /proc: names of files and interfaces, and
 * whom a process is charged to. All of it is a help to the reader, and decides nothing. */

#include "census/census.h"
#include "census/charge.h"

/* Adds to @h what can be read of it. 0 or -ENOMEM. */
int detail_fill(struct charge_cache *charges, struct holder *h);
