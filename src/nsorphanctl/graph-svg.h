/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A graph as an SVG picture, drawn here: a column for each kind of node, from left to right. */

#include <stdio.h>

#include "nsorphanctl/graph.h"

/* The same graph is the same picture, byte by byte. 0, or -ENOMEM before anything is printed. */
int graph_svg_print(FILE *f, const struct graph *g);
