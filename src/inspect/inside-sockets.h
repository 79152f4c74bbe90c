/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "inspect/inside.h"

/* Fills in counts, listeners and the details of the sockets in @inodes. On a thread that has
 * entered the namespace. 0 or a negative errno. */
int inside_sockets_read(struct inside *inside, const uint64_t *inodes, size_t n_inodes);
