/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Who holds what, as a picture, from left to right as one asks: the address that answers, the
 * bridge it is reached by, its port, the interface inside, the namespace, what keeps that, whose it
 * is, and the unit of that process. */

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "util/macro.h"

/* In the order of columns. */
enum graph_node_kind {
        GRAPH_ADDRESS,
        GRAPH_BRIDGE, /* what an interface outside is part of */
        GRAPH_PEER,   /* an interface outside */
        GRAPH_LINK,   /* one inside */
        GRAPH_NETNS,
        GRAPH_SOCKET, /* or what else is held */
        GRAPH_PROCESS,
        GRAPH_UNIT, /* or container */
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
        bool whole; /* with all there is; else of what is many the first and their number, and of
                       long lines the beginning: what can be looked at */
        struct graph_node *nodes;
        size_t n_nodes;
        struct graph_edge *edges;
        size_t n_edges;
};

/* How many namespaces one picture shows. */
#define GRAPH_NAMESPACES_MAX 16

void graph_deinit(struct graph *g);

/* Nodes and edges, for graph_inspection_add(); @id and the labels are taken over, also on failure,
 * and may be NULL only for want of memory (but an edge's label). A node that is there already is
 * kept, but for an interface that was first seen from outside. Of two edges without direction
 * between the same nodes the first is kept. 0 or -ENOMEM. */
int graph_add_node(struct graph *g, enum graph_node_kind kind, char *id, char *label);
int graph_add_edge(struct graph *g, char *from, char *to, char *label, bool mutual);

/* In Graphviz's language, in Mermaid's, and as {"nodes": …, "edges": …} (NULL: out of memory). */
void graph_print_dot(FILE *f, const struct graph *g);
void graph_print_mermaid(FILE *f, const struct graph *g);
json_t *graph_json(const struct graph *g);

/* The word for a kind. */
const char *graph_kind_to_string(enum graph_node_kind kind);
