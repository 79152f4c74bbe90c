/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/graph.h"

#include <string.h>

#include "report/json.h"
#include "util/array.h"
#include "util/text-file.h"

void graph_deinit(struct graph *g)
{
        for (size_t i = 0; i < g->n_nodes; i++) {
                free(g->nodes[i].id);
                free(g->nodes[i].label);
        }
        for (size_t i = 0; i < g->n_edges; i++) {
                free(g->edges[i].from);
                free(g->edges[i].to);
                free(g->edges[i].label);
        }
        free(g->nodes);
        free(g->edges);
        *g = (struct graph){};
}

/* A line of a label longer than this is cut; a name of an interface has 15. */
#define LINE_MAX_CHARACTERS 40

static bool begins_character(char c)
{
        return ((unsigned char)c & 0xc0) != 0x80;
}

/* @label, which it frees (NULL: out of memory), with its long lines cut. */
static char *cut_lines(char *label)
{
        struct text_buffer text;
        size_t n = 0;
        FILE *f = label ? text_file_open(&text) : NULL;

        for (const char *p = label; f && *p; p++) {
                n = *p == '\n' ? 0 : n + begins_character(*p);
                if (n <= LINE_MAX_CHARACTERS)
                        fputc(*p, f);
                else if (n == LINE_MAX_CHARACTERS + 1 && begins_character(*p))
                        fputs("…", f);
        }
        free(label);
        return f ? text_file_close(f, &text, NULL) : NULL;
}

static struct graph_node *find_node(const struct graph *g, const char *id)
{
        for (size_t i = 0; i < g->n_nodes; i++)
                if (strcmp(g->nodes[i].id, id) == 0)
                        return &g->nodes[i];
        return NULL;
}

/* What is there already has its place; an interface of a namespace that is shown belongs there. */
static void meet_again(struct graph_node *known, struct graph_node *again)
{
        free(again->id);
        if (known->kind == GRAPH_LINK || again->kind != GRAPH_LINK) {
                free(again->label);
                return;
        }
        free(known->label);
        known->label = again->label;
        known->kind = GRAPH_LINK;
}

int graph_add_node(struct graph *g, enum graph_node_kind kind, char *id, char *label)
{
        struct graph_node node = {kind, id, g->whole ? label : cut_lines(label)}, *grown = NULL;
        struct graph_node *known = id ? find_node(g, id) : NULL;

        if (known && node.label) {
                meet_again(known, &node);
                return 0;
        }
        if (id && node.label)
                grown = array_grow(g->nodes, g->n_nodes, sizeof(node));
        if (!grown) {
                free(id);
                free(node.label);
                return -ENOMEM;
        }
        g->nodes = grown;
        g->nodes[g->n_nodes++] = node;
        return 0;
}

static bool same_edge(const struct graph_edge *a, const struct graph_edge *b)
{
        if (a->mutual && b->mutual && strcmp(a->from, b->to) == 0 && strcmp(a->to, b->from) == 0)
                return true;
        return strcmp(a->from, b->from) == 0 && strcmp(a->to, b->to) == 0 &&
               strcmp(a->label ? a->label : "", b->label ? b->label : "") == 0;
}

int graph_add_edge(struct graph *g, char *from, char *to, char *label, bool mutual)
{
        struct graph_edge edge = {from, to, label, mutual}, *grown = NULL;
        bool known = false;

        for (size_t i = 0; from && to && i < g->n_edges; i++)
                known = known || same_edge(&g->edges[i], &edge);
        if (from && to && !known)
                grown = array_grow(g->edges, g->n_edges, sizeof(edge));
        if (!grown) {
                free(from);
                free(to);
                free(label);
                return known ? 0 : -ENOMEM;
        }
        g->edges = grown;
        g->edges[g->n_edges++] = edge;
        return 0;
}

static const struct {
        const char *name;
        const char *dot;        /* attributes */
        const char *mermaid[2]; /* brackets around a label */
} looks[_GRAPH_NODE_KIND_MAX] = {
        [GRAPH_ADDRESS] = {"address", "shape=plaintext", {">\"", "\"]"}},
        [GRAPH_BRIDGE] = {"bridge", "shape=box, style=dashed", {"[\"", "\"]"}},
        [GRAPH_PEER] = {"peer", "shape=box, style=dashed", {"[\"", "\"]"}},
        [GRAPH_LINK] = {"interface", "shape=box", {"[\"", "\"]"}},
        [GRAPH_NETNS] = {"namespace", "shape=box, style=bold", {"[[\"", "\"]]"}},
        [GRAPH_SOCKET] = {"socket", "shape=ellipse", {"([\"", "\"])"}},
        [GRAPH_PROCESS] = {"process", "shape=box, style=rounded", {"(\"", "\")"}},
        [GRAPH_UNIT] = {"unit", "shape=folder", {"[/\"", "\"/]"}},
};

const char *graph_kind_to_string(enum graph_node_kind kind)
{
        return looks[kind].name;
}

static void print_dot_string(FILE *f, const char *s)
{
        fputc('"', f);
        for (; *s; s++) {
                if (*s == '\n')
                        fputs("\\n", f);
                else if (*s == '"' || *s == '\\')
                        fprintf(f, "\\%c", *s);
                else
                        fputc(*s, f);
        }
        fputc('"', f);
}

void graph_print_dot(FILE *f, const struct graph *g)
{
        fputs("digraph nsorphan {\n"
              "    rankdir=LR\n"
              "    node [fontname=\"sans-serif\", fontsize=11]\n"
              "    edge [fontname=\"sans-serif\", fontsize=9]\n",
              f);
        for (size_t i = 0; i < g->n_nodes; i++) {
                fprintf(f, "    %s [%s, label=", g->nodes[i].id, looks[g->nodes[i].kind].dot);
                print_dot_string(f, g->nodes[i].label);
                fputs("]\n", f);
        }
        for (size_t i = 0; i < g->n_edges; i++) {
                const struct graph_edge *e = &g->edges[i];
                fprintf(f, "    %s -> %s [dir=%s", e->from, e->to, e->mutual ? "none" : "forward");
                if (e->label) {
                        fputs(", label=", f);
                        print_dot_string(f, e->label);
                }
                fputs("]\n", f);
        }
        fputs("}\n", f);
}

/* Mermaid takes HTML entities, with "#" for "&"; a newline is a tag. */
static void print_mermaid_string(FILE *f, const char *s)
{
        for (; *s; s++) {
                if (*s == '\n')
                        fputs("<br>", f);
                else if (strchr("\"#<>&|\\`", *s))
                        fprintf(f, "#%d;", *s);
                else
                        fputc(*s, f);
        }
}

void graph_print_mermaid(FILE *f, const struct graph *g)
{
        fputs("flowchart LR\n", f);
        for (size_t i = 0; i < g->n_nodes; i++) {
                const struct graph_node *n = &g->nodes[i];
                fprintf(f, "    %s%s", n->id, looks[n->kind].mermaid[0]);
                print_mermaid_string(f, n->label);
                fprintf(f, "%s\n", looks[n->kind].mermaid[1]);
        }
        for (size_t i = 0; i < g->n_edges; i++) {
                const struct graph_edge *e = &g->edges[i];
                fprintf(f, "    %s %s", e->from, e->mutual ? "---" : "-->");
                if (e->label) {
                        fputs("|\"", f);
                        print_mermaid_string(f, e->label);
                        fputs("\"|", f);
                }
                fprintf(f, " %s\n", e->to);
        }
}

json_t *graph_json(const struct graph *g)
{
        json_auto_t *nodes = json_array(), *edges = json_array(), *o = json_object();

        for (size_t i = 0; nodes && i < g->n_nodes; i++) {
                json_auto_t *n = json_object();
                if (!n || json_put_string(n, "id", g->nodes[i].id) < 0 ||
                    json_put_string(n, "kind", looks[g->nodes[i].kind].name) < 0 ||
                    json_put_string(n, "label", g->nodes[i].label) < 0 ||
                    json_array_append(nodes, n) < 0)
                        return NULL;
        }
        for (size_t i = 0; edges && i < g->n_edges; i++) {
                json_auto_t *e = json_object();
                if (!e || json_put_string(e, "from", g->edges[i].from) < 0 ||
                    json_put_string(e, "to", g->edges[i].to) < 0 ||
                    json_put_string(e, "label", g->edges[i].label) < 0 ||
                    json_array_append(edges, e) < 0)
                        return NULL;
        }
        if (!nodes || !edges || !o || json_object_set(o, "nodes", nodes) < 0 ||
            json_object_set(o, "edges", edges) < 0)
                return NULL;
        return json_incref(o);
}
