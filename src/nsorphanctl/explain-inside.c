/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/explain-inside.h"

#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>

#include "census/socket-name.h"
#include "inspect/address.h"
#include "util/text.h"

static void print_peer(FILE *f, const struct rt_link *link, const struct peer *peer)
{
        char name[NETNS_NAME_MAX];

        const char *what = rt_link_is_pair(link) ? "other end" : "device below";

        if (!peer->found) {
                fprintf(f, "; its %s is in a network namespace that %s", what,
                        peer->unseen ? "nothing visible leads to" : "is not known");
                return;
        }
        fprintf(f, "; its %s is %s ", what, peer->name);
        if (peer->here)
                fputs("on this host", f);
        else
                fprintf(f, "in %s", netns_identity_format(&peer->netns, name));
        if (peer->master)
                fprintf(f, ", on %s %s", text_or(peer->master_kind, "device"), peer->master);
}

/* Loopback and many virtual devices never tell whether they work, only that they are switched on.
 */
static const char *link_state(const struct rt_link *link)
{
        if (!link->up)
                return "switched off";
        return strcmp(link->state, "unknown") == 0 ? "switched on" : link->state;
}

static void print_link(FILE *f, const struct inside *inside, const struct rt_link *link)
{
        const struct rt_link *master = rt_network_find(inside->network, link->master);
        const struct peer *peer = inside_find_peer(inside, link->index);
        _cleanup_free_ char *mac = address_mac_text(link);

        fprintf(f, "  %s", link->name);
        if (link->kind)
                fprintf(f, " (%s)", link->kind);
        fprintf(f, ", %s, MTU %" PRIu32, link_state(link), link->mtu);
        if (mac && !link->loopback)
                fprintf(f, ", MAC %s", mac);
        if (master)
                fprintf(f, ", part of %s", master->name);
        for (size_t i = 0; i < link->n_addresses; i++) {
                _cleanup_free_ char *address = address_text(&link->addresses[i]);
                fprintf(f, "%s%s", i == 0 ? ", address " : " ", text_or(address, "?"));
        }
        if (peer)
                print_peer(f, link, peer);
        fputs(".\n", f);
}

static void print_routes(FILE *f, const struct rt_network *network)
{
        for (size_t i = 0; i < network->n_default_routes; i++) {
                const struct rt_route *route = &network->default_routes[i];
                const struct rt_link *link = rt_network_find(network, route->interface);
                _cleanup_free_ char *gateway =
                        route->has_gateway ? address_gateway_text(route) : NULL;

                fputs("  Default route", f);
                if (gateway)
                        fprintf(f, " via %s", gateway);
                if (link)
                        fprintf(f, " by %s", link->name);
                fputs(".\n", f);
        }
}

/* A table that cannot be listed is missed where a held socket may be in it. */
static bool is_missed(const struct inspection *i, enum sock_table table)
{
        if (!(i->inside->missing & SOCK_TABLE_BIT(table)))
                return false;
        for (size_t k = 0; k < i->n_held; k++) {
                const struct holder *h = i->held[k].holder;
                if (h->socket_inode && !i->held[k].detail &&
                    (h->family < 0 || h->family == sock_table_info(table)->family))
                        return true;
        }
        return false;
}

static void print_missing(FILE *f, const struct inspection *i)
{
        bool any = false;

        for (enum sock_table t = 0; t < _SOCK_TABLE_MAX; t++)
                if (is_missed(i, t)) {
                        fprintf(f, "%s %s", any ? "," : "  This kernel cannot list sockets of kind",
                                sock_table_to_string(t));
                        any = true;
                }
        if (any)
                fputs(".\n", f);
}

static void print_sockets(FILE *f, const struct inside *inside)
{
        if (inside->n_listeners > 0) {
                fputs("  Listening:", f);
                for (size_t i = 0; i < inside->n_listeners && i < EXPLAIN_LIST_MAX; i++)
                        fprintf(f, "%s %s %s", i > 0 ? "," : "", inside->listeners[i].protocol,
                                inside->listeners[i].address);
                if (inside->n_listeners > EXPLAIN_LIST_MAX)
                        fprintf(f, " and %zu more", inside->n_listeners - EXPLAIN_LIST_MAX);
                fputs(".\n", f);
        }
        fputs(inside->n_counts > 0 ? "  Sockets" : "  No socket that is bound or connected", f);
        for (size_t i = 0; i < inside->n_counts; i++) {
                const struct socket_count *c = &inside->counts[i];
                const char *protocol = text_or(c->protocol, "");
                /* The kernel's "tcp6" is inet6/tcp elsewhere. */
                size_t n = strlen(protocol), six = c->family == AF_INET6 && n > 1;

                n -= six && protocol[n - 1] == '6';
                fprintf(f, "%s %" PRIu64 " %s%s%.*s%s%s", i == 0 ? ":" : ",", c->n,
                        text_or(socket_name_family(c->family), "other"), c->protocol ? "/" : "",
                        (int)n, protocol, c->state ? " " : "", text_or(c->state, ""));
        }
        fputs(".\n", f);
}

/* The kernel lists inet and netlink sockets only once they are bound or connected: those that are
 * held and not listed are added. */
static uint64_t count_sockets(const struct inspection *i)
{
        uint64_t n = i->inside->n_sockets;

        for (size_t k = 0; k < i->n_held; k++) {
                uint64_t inode = i->held[k].holder->socket_inode;
                bool seen = !inode || i->held[k].detail;

                for (size_t m = 0; m < k && !seen; m++)
                        seen = i->held[m].holder->socket_inode == inode;
                n += !seen;
        }
        return n;
}

static void print_cost(FILE *f, const struct explain *e, const struct inside *inside)
{
        uint64_t sockets = count_sockets(e->inspection);
        size_t links = inside_count_links(inside), addresses = inside_count_addresses(inside);
        const char *before = " (";

        explain_text_heading(f, e, "What it costs");
        fprintf(f, "  %zu interface%s, %zu address%s others can reach", links,
                links == 1 ? "" : "s", addresses, addresses == 1 ? "" : "es");
        for (size_t i = 0; i < inside->network->n_links; i++) {
                const struct rt_link *link = &inside->network->links[i];
                for (size_t k = 0; !link->loopback && k < link->n_addresses; k++) {
                        _cleanup_free_ char *text = NULL;
                        if (address_is_link_local(&link->addresses[k]))
                                continue;
                        text = address_text(&link->addresses[k]);
                        fprintf(f, "%s%s", before, text_or(text, "?"));
                        before = ", ";
                }
        }
        fprintf(f, "%s, and %" PRIu64 " socket%s.\n", addresses > 0 ? ")" : "", sockets,
                sockets == 1 ? "" : "s");
        if (addresses > 0)
                fputs("  The kernel goes on answering for these addresses (ARP, ping) while the "
                      "interfaces are up.\n",
                      f);
}

void explain_inside_print(FILE *f, const struct explain *e)
{
        const struct inside *inside = e->inspection->inside;

        explain_text_heading(f, e, "What lives inside");
        if (!inside) {
                fprintf(f, "  Not known: %s.\n", e->inspection->inside_error.text);
                return;
        }
        for (size_t i = 0; i < inside->network->n_links; i++)
                print_link(f, inside, &inside->network->links[i]);
        print_routes(f, inside->network);
        print_sockets(f, inside);
        print_missing(f, e->inspection);
        if (inside_is_truncated(inside))
                fputs("  There is more of this than is listed here.\n", f);
        if (e->inspection->netns->verdict == VERDICT_ORPHANED)
                print_cost(f, e, inside);
}
