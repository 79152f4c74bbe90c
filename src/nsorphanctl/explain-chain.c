/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/explain-chain.h"

#include <string.h>

#include "inspect/address.h"
#include "report/holder-text.h"
#include "util/text.h"

static void print_more(FILE *f, size_t n)
{
        if (n > 1)
                fprintf(f, " and %zu more", n - 1);
}

static const char *arrow(const struct explain *e)
{
        return e->utf8 ? " → " : " -> ";
}

/* The first address that others can reach, of @link. */
static const struct rt_address *address_of(const struct rt_link *link)
{
        for (size_t i = 0; i < link->n_addresses && !link->loopback; i++)
                if (!address_is_link_local(&link->addresses[i]))
                        return &link->addresses[i];
        return NULL;
}

/* The interface that the chain goes through: one with an address, else any. */
static const struct rt_link *choose_link(const struct rt_network *network)
{
        const struct rt_link *link = NULL;

        for (size_t i = 0; i < network->n_links; i++) {
                if (address_of(&network->links[i]))
                        return &network->links[i];
                if (!link && !network->links[i].loopback)
                        link = &network->links[i];
        }
        return link;
}

static void print_address(FILE *f, const struct explain *e, const struct rt_link *link)
{
        const struct rt_address *address = address_of(link);
        _cleanup_free_ char *text = address ? address_text(address) : NULL;

        if (!text)
                return;
        fprintf(f, "%.*s", (int)strcspn(text, "/"), text);
        print_more(f, inside_count_addresses(e->inspection->inside));
        fputs(arrow(e), f);
}

static void print_link(FILE *f, const struct explain *e, const struct rt_link *link)
{
        const struct inside *inside = e->inspection->inside;
        const struct peer *peer = inside_find_peer(inside, link->index);

        fputs(link->name, f);
        if (peer && peer->found && rt_link_is_pair(link)) {
                fprintf(f, " %s %s", e->utf8 ? "⇄" : "<->", peer->name);
                if (peer->master)
                        fprintf(f, " (%s)", peer->master);
        }
        print_more(f, inside_count_links(inside));
        fputs(arrow(e), f);
}

/* Of those that are listed, a socket that several processes have is one. */
static size_t count_held(const struct inspection *i)
{
        uint64_t total = netns_holder_count(i->netns) - i->netns->count[HOLDER_UNEXPLAINED];
        size_t n = 0;

        if (total > i->n_held)
                return (size_t)total;
        for (size_t k = 0; k < i->n_held; k++) {
                uint64_t inode = i->held[k].holder->socket_inode;
                size_t m = 0;

                while (m < k && (inode == 0 || i->held[m].holder->socket_inode != inode))
                        m++;
                n += m == k;
        }
        return n;
}

static void print_holder(FILE *f, const struct explain *e, const struct holder *h)
{
        if (h->kind == HOLDER_SOCKET) {
                holder_text_print_socket_kind(f, h);
                fprintf(f, "socket, fd %d", h->fd);
        } else
                holder_text_print(f, h, HOLDER_TEXT_CLAUSE);
        print_more(f, count_held(e->inspection));
}

static void print_process(FILE *f, const struct explain *e, const struct process_facts *p)
{
        bool proved = p->in_container && p->container.name && !p->container.claimed;
        _cleanup_free_ char *container = proved ? container_text(&p->container, NULL) : NULL;
        const char *whose = container ? container : text_or(p->user_unit, p->unit);

        fprintf(f, "%s%s (pid %d%s%s)", arrow(e), text_or(p->comm, "a process"), (int)p->pid,
                whose ? ", " : "", text_or(whose, ""));
        print_more(f, e->inspection->n_processes);
}

void explain_chain_print(FILE *f, const struct explain *e)
{
        const struct inspection *i = e->inspection;
        const struct rt_link *link = i->inside ? choose_link(i->inside->network) : NULL;
        char name[NETNS_NAME_MAX];
        size_t k = 0;

        if (i->n_held == 0)
                return;
        while (k + 1 < i->n_held && !i->held[k].process)
                k++;
        if (link) {
                print_address(f, e, link);
                print_link(f, e, link);
        }
        fprintf(f, "%s%s", netns_identity_format(&i->netns->id, name), arrow(e));
        print_holder(f, e, i->held[k].holder);
        if (i->held[k].process)
                print_process(f, e, i->held[k].process);
        fputs("\n\n", f);
}
