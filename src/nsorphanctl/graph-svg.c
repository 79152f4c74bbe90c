/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/graph-svg.h"

#include <stdint.h>
#include <string.h>

/* Pixels. The font is one of equal widths, so that a text is as wide as it has characters. */
#define CHARACTER_WIDTH  8 /* at most, of 12 px; wide ones take two */
#define LABEL_CHARACTER  6 /* of 10 px: labels of edges */
#define LINE_HEIGHT      16
#define PADDING          9
#define GAP_BETWEEN_ROWS 18
#define GAP_MIN          40 /* between columns */
#define MARGIN           12

/* How often nodes are ordered by the places of their neighbours. */
#define SWEEPS 4

struct box {
        int x, y, width, height;
        int order;    /* from the top of its column */
        int64_t wish; /* where its neighbours are */
};

struct picture {
        const struct graph *g;
        struct box *boxes; /* one a node */
        size_t *from, *to; /* ends of each edge */
        int width, height;
};

static void picture_deinit(struct picture *p)
{
        free(p->boxes);
        free(p->from);
        free(p->to);
}

static size_t index_of(const struct graph *g, const char *id)
{
        size_t i = 0;

        while (i < g->n_nodes && strcmp(g->nodes[i].id, id) != 0)
                i++;
        return i;
}

/* Of the longest line of @text, in characters. */
static int text_width(const char *text)
{
        int n = 0, most = 0;

        for (; *text; text++) {
                unsigned char c = (unsigned char)*text;
                /* Three bytes and more are what may be wide. */
                n = c == '\n' ? 0 : n + ((c & 0xc0) != 0x80) + (c >= 0xe0);
                most = MAX(most, n);
        }
        return most;
}

static int count_lines(const char *text)
{
        int n = 1;

        for (; *text; text++)
                n += *text == '\n';
        return n;
}

static int picture_init(struct picture *p, const struct graph *g)
{
        *p = (struct picture){
                .g = g,
                .boxes = calloc(g->n_nodes + 1, sizeof(*p->boxes)),
                .from = calloc(g->n_edges + 1, sizeof(*p->from)),
                .to = calloc(g->n_edges + 1, sizeof(*p->to)),
        };
        if (!p->boxes || !p->from || !p->to)
                return -ENOMEM;
        for (size_t i = 0; i < g->n_edges; i++) {
                p->from[i] = index_of(g, g->edges[i].from);
                p->to[i] = index_of(g, g->edges[i].to);
        }
        for (size_t i = 0; i < g->n_nodes; i++) {
                const char *label = g->nodes[i].label;
                struct box *box = &p->boxes[i];

                box->width = text_width(label) * CHARACTER_WIDTH + 2 * PADDING;
                box->height = count_lines(label) * LINE_HEIGHT + 2 * PADDING;
                for (size_t k = 0; k < i; k++)
                        box->order += g->nodes[k].kind == g->nodes[i].kind;
        }
        return 0;
}

static bool is_edge(const struct picture *p, size_t e)
{
        return p->from[e] < p->g->n_nodes && p->to[e] < p->g->n_nodes;
}

/* The mean of where the neighbours of node @i are in their columns that come before its own, or
 * after it, in thousandths; its own place where it has none there. */
static int64_t wish_of(const struct picture *p, size_t i, bool before)
{
        const struct graph_node *nodes = p->g->nodes;
        int64_t sum = 0, n = 0;

        for (size_t e = 0; e < p->g->n_edges; e++) {
                size_t other = p->from[e] == i ? p->to[e] : p->to[e] == i ? p->from[e] : i;

                if (!is_edge(p, e) || other == i)
                        continue;
                if (before ? nodes[other].kind < nodes[i].kind
                           : nodes[other].kind > nodes[i].kind) {
                        sum += p->boxes[other].order;
                        n++;
                }
        }
        return n > 0 ? sum * 1000 / n : p->boxes[i].order * 1000;
}

/* Of two that wish the same the one that was above stays above. */
static void order_column(struct picture *p, enum graph_node_kind kind, bool before)
{
        const struct graph *g = p->g;
        _cleanup_free_ int *orders = calloc(g->n_nodes + 1, sizeof(*orders));

        for (size_t i = 0; i < g->n_nodes; i++)
                if (g->nodes[i].kind == kind)
                        p->boxes[i].wish = wish_of(p, i, before);
        for (size_t i = 0; orders && i < g->n_nodes; i++)
                for (size_t k = 0; k < g->n_nodes && g->nodes[i].kind == kind; k++) {
                        const struct box *a = &p->boxes[k], *b = &p->boxes[i];

                        orders[i] +=
                                g->nodes[k].kind == kind &&
                                (a->wish < b->wish || (a->wish == b->wish && a->order < b->order));
                }
        for (size_t i = 0; orders && i < g->n_nodes; i++)
                if (g->nodes[i].kind == kind)
                        p->boxes[i].order = orders[i];
}

static void order(struct picture *p)
{
        for (int sweep = 0; sweep < SWEEPS; sweep++)
                for (int k = 0; k < _GRAPH_NODE_KIND_MAX; k++) {
                        bool forth = sweep % 2 == 0;
                        order_column(p, forth ? k : _GRAPH_NODE_KIND_MAX - 1 - k, forth);
                }
}

/* The width of a column, 0 where it has no node; *ret_height of all its nodes. */
static int measure(const struct picture *p, int kind, int *ret_height)
{
        int width = 0, height = -GAP_BETWEEN_ROWS;

        for (size_t i = 0; i < p->g->n_nodes; i++)
                if ((int)p->g->nodes[i].kind == kind) {
                        width = MAX(width, p->boxes[i].width);
                        height += p->boxes[i].height + GAP_BETWEEN_ROWS;
                }
        *ret_height = height;
        return width;
}

/* Room for the labels of the edges that leave a column. */
static int gap_after(const struct picture *p, int kind)
{
        int gap = GAP_MIN;

        for (size_t e = 0; e < p->g->n_edges; e++) {
                const char *label = p->g->edges[e].label;
                if (label && is_edge(p, e) && (int)p->g->nodes[p->from[e]].kind == kind)
                        gap = MAX(gap, text_width(label) * LABEL_CHARACTER + GAP_MIN / 2);
        }
        return gap;
}

static void place_column(struct picture *p, int kind, int x, int width, int y)
{
        for (size_t i = 0; i < p->g->n_nodes; i++) {
                struct box *box = &p->boxes[i];

                if ((int)p->g->nodes[i].kind != kind)
                        continue;
                box->width = width;
                box->x = x;
                box->y = y;
                for (size_t k = 0; k < p->g->n_nodes; k++)
                        if ((int)p->g->nodes[k].kind == kind && p->boxes[k].order < box->order)
                                box->y += p->boxes[k].height + GAP_BETWEEN_ROWS;
        }
}

static void place(struct picture *p)
{
        int x = MARGIN, heights[_GRAPH_NODE_KIND_MAX], widths[_GRAPH_NODE_KIND_MAX], most = 0;

        for (int k = 0; k < _GRAPH_NODE_KIND_MAX; k++) {
                widths[k] = measure(p, k, &heights[k]);
                most = MAX(most, heights[k]);
        }
        for (int k = 0; k < _GRAPH_NODE_KIND_MAX; k++) {
                if (widths[k] == 0)
                        continue;
                p->width = x + widths[k] + MARGIN;
                place_column(p, k, x, widths[k], MARGIN + (most - heights[k]) / 2);
                x += widths[k] + gap_after(p, k);
        }
        p->height = most + 2 * MARGIN;
}

/* XML has no use for these two either, other than as a mark of what was there. */
static bool is_noncharacter(const char *s)
{
        return strncmp(s, "\xef\xbf\xbe", 3) == 0 || strncmp(s, "\xef\xbf\xbf", 3) == 0;
}

/* As much of @s as is on its first line, of which it returns the end. */
static const char *print_text(FILE *f, const char *s)
{
        for (; *s && *s != '\n'; s++) {
                if (strchr("&<>\"'", *s))
                        fprintf(f, "&#%d;", *s);
                else if (is_noncharacter(s)) {
                        fputs("\xef\xbf\xbd", f);
                        s += 2;
                } else
                        fputc(*s, f);
        }
        return s;
}

static const struct {
        const char *fill, *stroke;
        int radius;
} looks[_GRAPH_NODE_KIND_MAX] = {
        [GRAPH_ADDRESS] = {"#ffffff", "#ffffff", 0}, [GRAPH_BRIDGE] = {"#f2f2f2", "#888888", 0},
        [GRAPH_PEER] = {"#f2f2f2", "#888888", 0},    [GRAPH_LINK] = {"#e8f0fb", "#3f6fb0", 0},
        [GRAPH_NETNS] = {"#fdeaea", "#b03030", 0},   [GRAPH_SOCKET] = {"#fdf4dc", "#a07a1e", 16},
        [GRAPH_PROCESS] = {"#e9f5e6", "#4a8a3c", 8}, [GRAPH_UNIT] = {"#f2f2f2", "#888888", 0},
};

static void print_node(FILE *f, const struct graph_node *node, const struct box *box)
{
        const char *line = node->label;
        int y = box->y + PADDING + LINE_HEIGHT - 4;

        fprintf(f, "<g class=\"%s\">\n", graph_kind_to_string(node->kind));
        fprintf(f,
                "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"%d\" fill=\"%s\" "
                "stroke=\"%s\" stroke-width=\"%d\"/>\n",
                box->x, box->y, box->width, box->height, looks[node->kind].radius,
                looks[node->kind].fill, looks[node->kind].stroke,
                node->kind == GRAPH_NETNS ? 2 : 1);
        for (;; line++, y += LINE_HEIGHT) {
                fprintf(f, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">",
                        box->x + box->width / 2, y);
                line = print_text(f, line);
                fputs("</text>\n", f);
                if (!*line)
                        break;
        }
        fputs("</g>\n", f);
}

/* How many edges before @e have the same ends. */
static int count_same(const struct picture *p, size_t e)
{
        int n = 0;

        for (size_t i = 0; i < e; i++)
                n += p->from[i] == p->from[e] && p->to[i] == p->to[e];
        return n;
}

/* From the right of one to the left of the other; within a column around the right. Of several
 * between the same two the labels stand below each other. */
static void print_edge(FILE *f, const struct picture *p, size_t e)
{
        const struct graph_edge *edge = &p->g->edges[e];
        const struct box *a = &p->boxes[p->from[e]], *b = &p->boxes[p->to[e]];
        bool aside = b->x <= a->x;
        int x1 = a->x + a->width, x2 = aside ? b->x + b->width : b->x;
        int y1 = a->y + a->height / 2, y2 = b->y + b->height / 2;
        int bend = aside ? GAP_MIN / 2 : (x2 - x1) / 2, same = count_same(p, e);

        if (same == 0)
                fprintf(f,
                        "<path d=\"M%d,%d C%d,%d %d,%d %d,%d\" fill=\"none\" "
                        "stroke=\"#555555\"%s/>\n",
                        x1, y1, x1 + bend, y1, aside ? x2 + bend : x2 - bend, y2, x2, y2,
                        edge->mutual ? "" : " marker-end=\"url(#arrow)\"");
        if (!edge->label)
                return;
        fprintf(f,
                "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\" font-size=\"10\" "
                "stroke=\"#ffffff\" stroke-width=\"3\" paint-order=\"stroke\">",
                (x1 + x2) / 2, (y1 + y2) / 2 - 4 + 11 * same);
        (void)print_text(f, edge->label);
        fputs("</text>\n", f);
}

static void print_nothing(FILE *f)
{
        fputs("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"320\" height=\"40\" role=\"img\" "
              "font-family=\"monospace\" font-size=\"12\">\n"
              "<title>No orphaned network namespace</title>\n"
              "<rect width=\"320\" height=\"40\" fill=\"#ffffff\"/>\n"
              "<text x=\"160\" y=\"24\" text-anchor=\"middle\">No orphaned network namespace"
              "</text>\n</svg>\n",
              f);
}

static void print_picture(FILE *f, const struct picture *p)
{
        fprintf(f,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
                "viewBox=\"0 0 %d %d\" role=\"img\" font-family=\"monospace\" font-size=\"12\">\n"
                "<title>From addresses to what keeps their network namespace</title>\n"
                "<defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" "
                "markerWidth=\"8\" markerHeight=\"8\" orient=\"auto\">"
                "<path d=\"M0,0 L8,4 L0,8 z\" fill=\"#555555\"/></marker></defs>\n"
                "<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n",
                p->width, p->height, p->width, p->height, p->width, p->height);
        for (size_t e = 0; e < p->g->n_edges; e++)
                if (is_edge(p, e))
                        print_edge(f, p, e);
        for (size_t i = 0; i < p->g->n_nodes; i++)
                print_node(f, &p->g->nodes[i], &p->boxes[i]);
        fputs("</svg>\n", f);
}

int graph_svg_print(FILE *f, const struct graph *g)
{
        _cleanup_(picture_deinit) struct picture p = {};
        int r;

        if (g->n_nodes == 0) {
                print_nothing(f);
                return 0;
        }
        r = picture_init(&p, g);
        if (r < 0)
                return r;
        order(&p);
        place(&p);
        print_picture(f, &p);
        return 0;
}
