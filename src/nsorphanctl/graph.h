/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Who holds what, as a picture: processes, sockets, namespaces, interfaces, and their other ends.
 */

#include <jansson.h>
#include <stdio.h>

#include "inspect/inspection.h"

enum graph_node_kind {
        GRAPH_PROCESS,
        GRAPH_SOCKET, /* or what else is held */
        GRAPH_NETNS,
        GRAPH_LINK,
        GRAPH_PEER, /* an interface outside, and what it is part of */
        _GRAPH_NODE_KIND_MAX,
};

struct graph_node {
        enum graph_node_kind kind;
        char *id;    /* letters, digits and "_": unique, and stable from run to run */
        char *label; /* lines separated by newlines; escaped as all foreign text is */
};

struct graph_edge {
        char *from, *to; /* ids */
        char *label;     /* NULL for none */
        bool mutual;     /* without a direction */
};

struct graph {
        struct graph_node *nodes;
        size_t n_nodes;
        struct graph_edge *edges;
        size_t n_edges;
};

/* Adds everything in @i. Nodes and edges that are there already stay one. 0 or -ENOMEM. */
int graph_add(struct graph *g, const struct inspection *i);
void graph_deinit(struct graph *g);

/* Nodes and edges, for graph_add(); @id and the labels are taken over, also on failure, and may be
 * NULL only for want of memory (but an edge's label). 0 or -ENOMEM. */
int graph_add_node(struct graph *g, enum graph_node_kind kind, char *id, char *label);
int graph_add_edge(struct graph *g, char *from, char *to, char *label, bool mutual);

/* In Graphviz's language, in Mermaid's, and as {"nodes": …, "edges": …} (NULL: out of memory). */
void graph_print_dot(FILE *f, const struct graph *g);
void graph_print_mermaid(FILE *f, const struct graph *g);
json_t *graph_json(const struct graph *g);
