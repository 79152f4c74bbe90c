/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/inside-sockets.h"

#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "census/socket-name.h"
#include "inspect/address.h"
#include "netlink/own-socket.h"
#include "netlink/sock-diag.h"
#include "util/array.h"

/* More than a person reads; the counts say how many there are. */
#define LISTENERS_MAX 64

/* What is counted takes 32 bytes each, and how many there are, their owner decides. */
#define SEEN_MAX ((size_t)512 * 1024)

/* What is counted together, and what tells two answers about one socket. */
struct seen {
        uint64_t inode;
        int family;
        const char *protocol, *state;
};

struct collection {
        struct inside *inside;
        const uint64_t *inodes;
        size_t n_inodes;
        struct seen *seen;
        size_t n_seen;
};

/* The word that says most: the protocol, or for a family with only one of it the type. */
static const char *record_protocol(const struct sock_record *r)
{
        switch (r->family) {
        case AF_NETLINK:
                return socket_name_protocol(AF_NETLINK, r->protocol);
        case AF_INET:
        case AF_INET6:
                return sock_table_to_string(r->table);
        default:
                return socket_name_type(r->type);
        }
}

static const char *record_state(const struct sock_record *r)
{
        return r->family == AF_NETLINK || r->family == AF_PACKET || r->family == AF_XDP
                       ? NULL
                       : sock_record_state_to_string(r);
}

static int add_seen(struct collection *c, const struct sock_record *r)
{
        if (c->n_seen == SEEN_MAX)
                return -EFBIG;
        struct seen *grown = array_grow(c->seen, c->n_seen, sizeof(*grown));
        if (!grown)
                return -ENOMEM;
        c->seen = grown;
        c->seen[c->n_seen++] = (struct seen){
                .inode = r->inode,
                .family = r->family,
                .protocol = record_protocol(r),
                .state = record_state(r),
        };
        return 0;
}

static bool takes_others(const struct sock_record *r)
{
        if (r->state == TCP_LISTEN)
                return true;
        /* Bound, not connected: anyone may send to it. */
        switch (r->table) {
        case SOCK_TABLE_UDP:
        case SOCK_TABLE_UDP6:
        case SOCK_TABLE_UDPLITE:
        case SOCK_TABLE_UDPLITE6:
                return r->state == TCP_CLOSE && r->local_port != 0;
        default:
                return false;
        }
}

static int add_listener(struct collection *c, const struct sock_record *r)
{
        struct inside *inside = c->inside;
        struct listener *grown;
        int e;

        if (inside->n_listeners >= LISTENERS_MAX) {
                inside->more_listeners = true;
                return 0;
        }
        grown = array_grow(inside->listeners, inside->n_listeners, sizeof(*grown));
        if (!grown)
                return -ENOMEM;
        inside->listeners = grown;
        grown += inside->n_listeners;
        *grown = (struct listener){
                .protocol = sock_table_to_string(r->table),
                .inode = r->inode,
        };
        e = address_socket_text(r, false, &grown->address);
        if (e >= 0 && grown->address)
                inside->n_listeners++;
        return e;
}

static int add_detail(struct collection *c, const struct sock_record *r)
{
        struct inside *inside = c->inside;
        struct socket_detail *grown, detail = {
                                             .inode = r->inode,
                                             .table = r->table,
                                             .state = record_state(r),
                                             .has_queues = r->has_queues,
                                             .receive_queue = r->receive_queue,
                                             .send_queue = r->send_queue,
                                             .peer_inode = r->peer_inode,
                                             .port_id = r->port_id,
                                             .groups = r->groups,
                                             .interface = r->interface,
                                             .ring = r->ring,
                                     };

        if (inside_find_socket(inside, r->inode))
                return 0;
        grown = array_grow(inside->details, inside->n_details, sizeof(*grown));
        if (!grown)
                return -ENOMEM;
        inside->details = grown;
        if (address_socket_text(r, false, &detail.local) < 0 ||
            address_socket_text(r, true, &detail.remote) < 0) {
                free(detail.local);
                return -ENOMEM;
        }
        inside->details[inside->n_details++] = detail;
        return 0;
}

static int on_socket(const struct sock_record *r, void *userdata)
{
        struct collection *c = userdata;
        int e;

        if (r->kernel)
                return 0;
        e = add_seen(c, r);
        if (e >= 0 && takes_others(r))
                e = add_listener(c, r);
        for (size_t i = 0; e >= 0 && i < c->n_inodes; i++)
                if (r->inode == c->inodes[i]) {
                        e = add_detail(c, r);
                        break;
                }
        return e;
}

static int compare_words(const char *a, const char *b)
{
        return a && b ? strcmp(a, b) : (a ? 1 : 0) - (b ? 1 : 0);
}

static int compare_kinds(const struct seen *x, const struct seen *y)
{
        int r = (x->family > y->family) - (x->family < y->family);
        if (r == 0)
                r = compare_words(x->protocol, y->protocol);
        return r != 0 ? r : compare_words(x->state, y->state);
}

static int compare_seen(const void *a, const void *b)
{
        const struct seen *x = a, *y = b;
        int r = compare_kinds(x, y);
        return r != 0 ? r : (x->inode > y->inode) - (x->inode < y->inode);
}

/* Takes out those of this look, and of others that are under way. How many stay. */
static size_t drop_own(struct seen *seen, size_t n)
{
        size_t n_kept = 0;

        for (size_t i = 0; i < n; i++)
                if (!own_socket_has(seen[i].inode))
                        seen[n_kept++] = seen[i];
        return n_kept;
}

static int count(struct inside *inside, struct seen *seen, size_t n)
{
        if (n > 1)
                qsort(seen, n, sizeof(*seen), compare_seen);
        for (size_t i = 0; i < n; i++) {
                /* One socket may have been told twice; those without an inode are each one. */
                if (i > 0 && seen[i].inode && compare_seen(&seen[i - 1], &seen[i]) == 0)
                        continue;
                inside->n_sockets++;
                if (i > 0 && compare_kinds(&seen[i - 1], &seen[i]) == 0) {
                        inside->counts[inside->n_counts - 1].n++;
                        continue;
                }
                struct socket_count *grown =
                        array_grow(inside->counts, inside->n_counts, sizeof(*grown));
                if (!grown)
                        return -ENOMEM;
                inside->counts = grown;
                inside->counts[inside->n_counts++] =
                        (struct socket_count){seen[i].family, seen[i].protocol, seen[i].state, 1};
        }
        return 0;
}

int inside_sockets_read(struct inside *inside, const uint64_t *inodes, size_t n_inodes)
{
        struct collection c = {.inside = inside, .inodes = inodes, .n_inodes = n_inodes};
        int r;

        r = sock_diag_walk(SOCK_TABLES_ALL, on_socket, &c, &inside->missing);
        if (r >= 0)
                r = count(inside, c.seen, drop_own(c.seen, c.n_seen));
        free(c.seen);
        return r;
}
