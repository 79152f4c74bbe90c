/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Watches on namespace files whose type the kernel does not tell. */

#include "census/builder.h"

/* Gives those on a namespace that is known in @b to that. The others stay unresolved: they may be
 * of another type. 0 or -ENOMEM. */
int watches_settle(struct builder *b);
