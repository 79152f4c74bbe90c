/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What an inspection has found, as nodes and edges. */

#include "inspect/inspection.h"
#include "nsorphanctl/graph.h"

/* Adds everything in @i. Nodes and edges that are there already stay one. 0 or -ENOMEM. */
int graph_inspection_add(struct graph *g, const struct inspection *i);
/* Says that there are @n more orphaned namespaces than were added. 0 or -ENOMEM. */
int graph_inspection_add_more(struct graph *g, size_t n);
