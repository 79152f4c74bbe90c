/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "census/socket-name.h"
#include "inspect/address.h"
#include "nsorphanctl/graph.h"
#include "util/text.h"

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

/* The id of an interface in that namespace (NULL: our own). Names hold any bytes; others than
 * letters and digits become their number. */
static char *link_id(const struct netns_identity *id, const char *name)
{
        _cleanup_free_ char *netns = id ? netns_id(id) : strdup("here");
        char *text = NULL;
        size_t size;
        FILE *f = netns ? open_memstream(&text, &size) : NULL;

        if (!f)
                return NULL;
        fprintf(f, "link_%s_", netns);
        for (; *name; name++) {
                if (isalnum((unsigned char)*name))
                        fputc(*name, f);
                else
                        fprintf(f, "_%02x", (unsigned char)*name);
        }
        if (fclose(f) != 0) {
                free(text);
                return NULL;
        }
        return text;
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

static int add_process(struct graph *g, const struct process_facts *p)
{
        const char *more = text_or(p->unit, text_or(p->container.name, ""));

        return graph_add_node(g, GRAPH_PROCESS, print("process_%d", (int)p->pid),
                              print("%s\npid %d%s%.40s", text_or(p->comm, "?"), (int)p->pid,
                                    *more ? "\n" : "", more));
}

static int add_held(struct graph *g, const struct inspection *i, const struct held *held)
{
        const struct holder *h = held->holder;
        int r;

        r = graph_add_node(g, GRAPH_SOCKET, holder_id(h), holder_label(h));
        if (r >= 0)
                r = graph_add_edge(g, holder_id(h), netns_id(&i->netns->id), strdup("keeps"),
                                   false);
        if (r < 0 || !held->process)
                return r;
        r = add_process(g, held->process);
        if (r >= 0)
                r = graph_add_edge(g, print("process_%d", (int)h->pid), holder_id(h),
                                   h->fd >= 0 ? print("fd %d", h->fd) : NULL, false);
        return r;
}

static char *link_label(const struct rt_link *link)
{
        char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);

        if (!f)
                return NULL;
        fprintf(f, "%s%s%s%s", link->name, link->kind ? " (" : "", text_or(link->kind, ""),
                link->kind ? ")" : "");
        for (size_t k = 0; k < link->n_addresses; k++) {
                _cleanup_free_ char *address = NULL;
                if (address_is_link_local(&link->addresses[k]))
                        continue;
                address = address_text(&link->addresses[k]);
                fprintf(f, "\n%s", text_or(address, "?"));
        }
        if (fclose(f) != 0) {
                free(text);
                return NULL;
        }
        return text;
}

static char *peer_label(const struct peer *peer, const char *name)
{
        char netns[NETNS_NAME_MAX];

        return print("%s\n%s", name,
                     peer->here ? "on this host" : netns_identity_format(&peer->netns, netns));
}

static int add_peer(struct graph *g, const struct netns_identity *id, const struct rt_link *link,
                    const struct peer *peer)
{
        const struct netns_identity *there = peer->here ? NULL : &peer->netns;
        int r;

        r = graph_add_node(g, GRAPH_PEER, link_id(there, peer->name), peer_label(peer, peer->name));
        if (r >= 0)
                r = graph_add_edge(g, link_id(id, link->name), link_id(there, peer->name), NULL,
                                   true);
        if (r < 0 || !peer->master)
                return r;
        r = graph_add_node(g, GRAPH_PEER, link_id(there, peer->master),
                           peer_label(peer, peer->master));
        if (r >= 0)
                r = graph_add_edge(g, link_id(there, peer->name), link_id(there, peer->master),
                                   peer->master_kind ? strdup(peer->master_kind) : NULL, true);
        return r;
}

static int add_link(struct graph *g, const struct inspection *i, const struct rt_link *link)
{
        const struct netns_identity *id = &i->netns->id;
        const struct peer *peer = inside_find_peer(i->inside, link->index);
        int r;

        if (link->loopback)
                return 0;
        r = graph_add_node(g, GRAPH_LINK, link_id(id, link->name), link_label(link));
        if (r >= 0)
                r = graph_add_edge(g, netns_id(id), link_id(id, link->name), NULL, false);
        if (r >= 0 && peer && peer->found)
                r = add_peer(g, id, link, peer);
        return r;
}

int graph_add(struct graph *g, const struct inspection *i)
{
        const struct netns_identity *id = &i->netns->id;
        char name[NETNS_NAME_MAX];
        int r;

        r = graph_add_node(g, GRAPH_NETNS, netns_id(id),
                           print("%s\n%s", netns_identity_format(id, name),
                                 verdict_to_string(i->netns->verdict)));
        for (size_t k = 0; r >= 0 && k < i->n_held; k++)
                r = add_held(g, i, &i->held[k]);
        for (size_t k = 0; r >= 0 && i->inside && k < i->inside->network->n_links; k++)
                r = add_link(g, i, &i->inside->network->links[k]);
        return r;
}
