/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A report in words, for 3 a.m. */

#include "ledger/report.h"

/* The sentence, without full stop, e.g. "Network namespace net:[4026532177] has leaked: …". New
 * string, NULL when out of memory. */
char *message_text(const struct report *r);
