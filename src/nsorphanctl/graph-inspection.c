/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/graph-inspection.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "census/socket-name.h"
#include "inspect/address.h"
#include "util/text-file.h"
#include "util/text.h"

/* How many of each a picture has of one namespace, before "and N more". */
#define HELD_MAX      12
#define LINKS_MAX     8
#define ADDRESSES_MAX 4

/* New string, NULL when out of memory. */
static char *_printf_(1, 2) print(const char *format, ...)
{
        va_list ap;
        char *s;

        va_start(ap, format);
        int n = vasprintf(&s, format, ap);
        va_end(ap);
        return n < 0 ? NULL : s;
}

static char *netns_id(const struct netns_identity *id)
{
        if (netns_is_nameless(id))
                return print("netns_p%d_%" PRIu64, (int)id->nameless.pid, id->nameless.file_inode);
        return id->cookie ? print("netns_c%" PRIu64, id->cookie)
                          : print("netns_%" PRIu64, id->inode);
}

/* "@kind_name". Names hold any bytes; others than letters and digits become their number. */
static char *word_id(const char *kind, const char *name)
{
        struct text_buffer text;
        FILE *f = text_file_open(&text);

        if (!f)
                return NULL;
        fprintf(f, "%s_", kind);
        for (; *name; name++) {
                if (isalnum((unsigned char)*name))
                        fputc(*name, f);
                else
                        fprintf(f, "_%02x", (unsigned char)*name);
        }
        return text_file_close(f, &text, NULL);
}

/* The id of an interface in that namespace (NULL: our own). */
static char *link_id(const struct netns_identity *id, const char *name)
{
        _cleanup_free_ char *netns = id ? netns_id(id) : strdup("here");
        _cleanup_free_ char *kind = netns ? print("link_%s", netns) : NULL;

        return kind ? word_id(kind, name) : NULL;
}

static char *holder_id(const struct holder *h)
{
        if (h->socket_inode && h->kind != HOLDER_SOCKET_IN_FLIGHT)
                return print("socket_%" PRIu64, h->socket_inode);
        return print("held_%d_%d_%d", (int)h->pid, (int)h->tid, h->fd);
}

static char *holder_label(const struct holder *h)
{
        const char *family = h->family >= 0 ? socket_name_family(h->family) : NULL;
        const char *protocol = socket_name_protocol(h->family, h->protocol);

        if (!protocol)
                protocol = socket_name_type(h->type);
        if (family && h->socket_inode)
                return print("%s %s%s%s\ninode %" PRIu64, holder_kind_to_string(h->kind), family,
                             protocol ? "/" : "", text_or(protocol, ""), h->socket_inode);
        return print("%s%s%s", holder_kind_to_string(h->kind), h->path || h->device ? "\n" : "",
                     text_or(h->path, text_or(h->device, "")));
}

static char *process_id(const struct process_facts *p)
{
        return print("process_%d", (int)p->pid);
}

/* The unit that a process is of, or its container: the last that one asks for. */
static int add_unit(struct graph *g, const struct process_facts *p)
{
        const char *unit = text_or(p->user_unit, p->unit);
        char *name = NULL, *id;
        int r;

        if (p->in_container && p->container.name && !p->container.claimed)
                name = container_text(&p->container, NULL);
        else if (unit)
                name = strdup(unit);
        else
                return 0;
        id = name ? word_id("unit", name) : NULL;
        r = graph_add_node(g, GRAPH_UNIT, id ? strdup(id) : NULL, name);
        if (r < 0) {
                free(id);
                return r;
        }
        return graph_add_edge(g, process_id(p), id, NULL, false);
}

static int add_process(struct graph *g, const struct process_facts *p)
{
        int r = graph_add_node(g, GRAPH_PROCESS, process_id(p),
                               print("%s\npid %d", text_or(p->comm, "?"), (int)p->pid));
        return r < 0 ? r : add_unit(g, p);
}

/* A task is in it itself, with nothing between. */
static int add_task(struct graph *g, const struct inspection *i, const struct held *held)
{
        int r = add_process(g, held->process);
        return r < 0 ? r
                     : graph_add_edge(g, netns_id(&i->netns->id), process_id(held->process),
                                      strdup("in it"), false);
}

static int add_held(struct graph *g, const struct inspection *i, const struct held *held)
{
        const struct holder *h = held->holder;
        int r;

        if (h->kind == HOLDER_TASK && held->process)
                return add_task(g, i, held);
        r = graph_add_node(g, GRAPH_SOCKET, holder_id(h), holder_label(h));
        if (r >= 0)
                r = graph_add_edge(g, netns_id(&i->netns->id), holder_id(h), NULL, false);
        if (r < 0 || !held->process)
                return r;
        r = add_process(g, held->process);
        if (r >= 0)
                r = graph_add_edge(g, holder_id(h), process_id(held->process),
                                   h->fd >= 0 ? print("fd %d", h->fd) : NULL, false);
        return r;
}

/* Stands for @n more of a kind, beside the namespace. */
static int add_more(struct graph *g, const struct netns_identity *id, enum graph_node_kind kind,
                    uint64_t n, const char *what)
{
        _cleanup_free_ char *netns = netns_id(id);
        char *node = netns ? print("more_%ss_%s", what, netns) : NULL;
        char *again = node ? strdup(node) : NULL;
        int r = graph_add_node(g, kind, node,
                               print("and %" PRIu64 " more %s%s", n, what, n == 1 ? "" : "s"));
        if (r < 0) {
                free(again);
                return r;
        }
        return kind < GRAPH_NETNS ? graph_add_edge(g, again, netns_id(id), NULL, true)
                                  : graph_add_edge(g, netns_id(id), again, NULL, false);
}

static int add_all_held(struct graph *g, const struct inspection *i)
{
        uint64_t total = netns_holder_count(i->netns) - i->netns->count[HOLDER_UNEXPLAINED];
        size_t n = g->whole ? i->n_held : MIN(i->n_held, (size_t)HELD_MAX);
        int r = 0;

        for (size_t k = 0; r >= 0 && k < n; k++)
                r = add_held(g, i, &i->held[k]);
        total = MAX(total, (uint64_t)i->n_held);
        return r < 0 || total == n ? r
                                   : add_more(g, &i->netns->id, GRAPH_SOCKET, total - n, "holder");
}

/* What can be reached from elsewhere, a line each; with their prefixes, or without. */
static size_t print_addresses(FILE *f, const struct graph *g, const struct rt_address *addresses,
                              size_t n_addresses, bool prefixes)
{
        size_t n = 0;

        for (size_t i = 0; i < n_addresses; i++) {
                _cleanup_free_ char *text = NULL;

                if (address_is_link_local(&addresses[i]))
                        continue;
                if (n++ >= ADDRESSES_MAX && !g->whole)
                        continue;
                text = address_text(&addresses[i]);
                if (text && !prefixes)
                        text[strcspn(text, "/")] = '\0';
                fprintf(f, "%s%s", prefixes || n > 1 ? "\n" : "", text_or(text, "?"));
        }
        if (n > ADDRESSES_MAX && !g->whole)
                fprintf(f, "\nand %zu more", n - ADDRESSES_MAX);
        return n;
}

/* "eth0 (veth)" with its addresses and, where it is not inside, where it is. */
static char *interface_label(const struct graph *g, const char *name, const char *kind,
                             const struct rt_address *addresses, size_t n_addresses,
                             const char *where)
{
        struct text_buffer text;
        FILE *f = text_file_open(&text);

        if (!f)
                return NULL;
        fprintf(f, "%s%s%s%s", name, kind ? " (" : "", text_or(kind, ""), kind ? ")" : "");
        (void)print_addresses(f, g, addresses, n_addresses, true);
        if (where)
                fprintf(f, "\n%s", where);
        return text_file_close(f, &text, NULL);
}

/* The way to @link from outside that is added; @id is that of its first node, which it takes (NULL:
 * out of memory). */
static int add_address(struct graph *g, const struct rt_link *link, char *id)
{
        _cleanup_free_ char *text = NULL;
        char *again = NULL;
        struct text_buffer buffer;
        size_t n;
        FILE *f = id ? text_file_open(&buffer) : NULL;
        int r = -ENOMEM;

        if (f) {
                n = print_addresses(f, g, link->addresses, link->n_addresses, false);
                text = text_file_close(f, &buffer, NULL);
                r = !text ? -ENOMEM : n > 0;
        }
        if (r > 0) {
                again = print("address_%s_%d", id, link->index);
                r = graph_add_node(g, GRAPH_ADDRESS, again ? strdup(again) : NULL, TAKE_PTR(text));
                if (r >= 0)
                        return graph_add_edge(g, again, id, NULL, false);
        }
        free(again);
        free(id);
        return r;
}

/* The other end of @link and what that is part of; *ret_id is what one reaches first. */
static int add_peer(struct graph *g, const struct netns_identity *id, const struct rt_link *link,
                    const struct peer *peer, char **ret_id)
{
        const struct netns_identity *there = peer->here ? NULL : &peer->netns;
        const char *kind = rt_link_is_pair(link) ? NULL : link->kind;
        char name[NETNS_NAME_MAX];
        const char *where = there ? netns_identity_format(there, name) : "on this host";
        size_t n = peer->n_addresses;
        int r;

        r = graph_add_node(
                g, GRAPH_PEER, link_id(there, peer->name),
                interface_label(g, peer->name, NULL, peer->addresses, peer->master ? 0 : n, where));
        if (r >= 0)
                r = graph_add_edge(g, link_id(there, peer->name), link_id(id, link->name),
                                   kind ? strdup(kind) : NULL, true);
        if (r >= 0 && peer->master)
                r = graph_add_node(g, GRAPH_BRIDGE, link_id(there, peer->master),
                                   interface_label(g, peer->master, peer->master_kind,
                                                   peer->addresses, n, where));
        if (r >= 0 && peer->master)
                r = graph_add_edge(g, link_id(there, peer->master), link_id(there, peer->name),
                                   strdup("port"), true);
        *ret_id = r < 0 ? NULL : link_id(there, text_or(peer->master, peer->name));
        return r;
}

static int add_link(struct graph *g, const struct inspection *i, const struct rt_link *link)
{
        const struct netns_identity *id = &i->netns->id;
        const struct peer *peer = inside_find_peer(i->inside, link->index);
        char *first = NULL;
        int r;

        r = graph_add_node(g, GRAPH_LINK, link_id(id, link->name),
                           interface_label(g, link->name, link->kind, link->addresses,
                                           link->n_addresses, NULL));
        if (r >= 0)
                r = graph_add_edge(g, link_id(id, link->name), netns_id(id), NULL, true);
        if (r < 0)
                return r;
        if (peer && peer->found)
                r = add_peer(g, id, link, peer, &first);
        else
                first = link_id(id, link->name);
        return r < 0 ? r : add_address(g, link, first);
}

static int add_links(struct graph *g, const struct inspection *i)
{
        const struct rt_network *network = i->inside->network;
        size_t n = 0;
        int r = 0;

        for (size_t k = 0; r >= 0 && k < network->n_links; k++)
                if (!network->links[k].loopback && (n++ < LINKS_MAX || g->whole))
                        r = add_link(g, i, &network->links[k]);
        return r < 0 || n <= LINKS_MAX || g->whole
                       ? r
                       : add_more(g, &i->netns->id, GRAPH_LINK, n - LINKS_MAX, "interface");
}

int graph_inspection_add(struct graph *g, const struct inspection *i)
{
        const struct netns_identity *id = &i->netns->id;
        char name[NETNS_NAME_MAX];
        int r;

        r = graph_add_node(g, GRAPH_NETNS, netns_id(id),
                           print("%s\n%s", netns_identity_format(id, name),
                                 netns_verdict_to_string(i->netns->verdict)));
        if (r >= 0 && i->inside)
                r = add_links(g, i);
        return r < 0 ? r : add_all_held(g, i);
}

int graph_inspection_add_more(struct graph *g, size_t n)
{
        return graph_add_node(g, GRAPH_NETNS, strdup("more_namespaces"),
                              print("and %zu more\norphaned namespace%s", n, n == 1 ? "" : "s"));
}
