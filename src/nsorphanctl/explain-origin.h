/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How a process came by its sockets, as far as they themselves still say: explain's part of it. */

#include "nsorphanctl/explain-text.h"

/* Prints it of @n_sockets sockets that are like that of @held; nothing where nothing is known. */
void explain_origin_print(FILE *f, const struct held *held, size_t n_sockets);
