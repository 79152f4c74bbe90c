/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/explain-group.h"

#include <inttypes.h>
#include <string.h>

#include "nsorphanctl/explain-birth.h"
#include "nsorphanctl/explain-origin.h"
#include "report/holder-text.h"
#include "util/text.h"

/* How many fds and addresses are listed before "and N more". */
#define LISTED_MAX 3

struct group {
        const struct inspection *inspection;
        const struct held *first;
        size_t n;         /* holders */
        size_t n_sockets; /* of which each may be open under several fds */
};

static bool same_text(const char *a, const char *b)
{
        return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_detail(const struct socket_detail *a, const struct socket_detail *b)
{
        if (!a || !b)
                return a == b;
        return same_text(a->state, b->state) && a->groups == b->groups &&
               !a->remote == !b->remote && !a->peer_inode == !b->peer_inode;
}

static bool same_origin(const struct origin *a, const struct origin *b)
{
        return a->kind == b->kind && a->opener == b->opener && a->has_cloexec == b->has_cloexec &&
               a->cloexec == b->cloexec && a->peer_closed == b->peer_closed &&
               a->parent_has_it == b->parent_has_it;
}

static bool same_birth(const struct birth *a, const struct birth *b)
{
        return a && b ? birth_same_place(a, b) : a == b;
}

static bool is_alike(const struct held *a, const struct held *b)
{
        const struct holder *x = a->holder, *y = b->holder;

        return a->process == b->process && x->kind == y->kind && x->carried == y->carried &&
               x->tid == y->tid && x->family == y->family && x->type == y->type &&
               x->protocol == y->protocol && same_birth(x->birth, y->birth) &&
               same_text(x->path, y->path) && same_text(x->device, y->device) &&
               same_detail(a->detail, b->detail) && same_origin(&a->origin, &b->origin);
}

bool explain_group_is_first(const struct inspection *i, size_t k)
{
        for (size_t m = 0; m < k; m++)
                if (is_alike(&i->held[m], &i->held[k]))
                        return false;
        return true;
}

/* The member of the group after @held (NULL: the first), or NULL. */
static const struct held *next(const struct group *g, const struct held *held)
{
        const struct inspection *i = g->inspection;

        for (held = held ? held + 1 : g->first; held < i->held + i->n_held; held++)
                if (is_alike(g->first, held))
                        return held;
        return NULL;
}

static void print_fds(FILE *f, const struct group *g)
{
        size_t n = 0;

        for (const struct held *h = next(g, NULL); h && n < LISTED_MAX; h = next(g, h), n++)
                fprintf(f, "%s%d", n == 0 ? "fds " : n + 1 < g->n ? ", " : " and ", h->holder->fd);
        if (g->n > LISTED_MAX)
                fprintf(f, " and %zu more", g->n - LISTED_MAX);
}

static void print_through(FILE *f, const struct group *g)
{
        const struct holder *h = g->first->holder;

        fputs("    Through ", f);
        if (g->n == 1 || h->kind != HOLDER_SOCKET || !h->socket_inode) {
                holder_text_print(f, h, HOLDER_TEXT_DETAIL);
                if (g->n > 1)
                        fprintf(f, "; and %zu more like it", g->n - 1);
        } else {
                print_fds(f, g);
                fprintf(f, ", %zu ", g->n_sockets);
                holder_text_print_socket_kind(f, h);
                fputs(g->n_sockets == 1 ? "socket" : "sockets", f);
                if (h->tid != h->pid && h->tid > 0)
                        fprintf(f, " (of thread %d)", (int)h->tid);
        }
        fputs(".\n", f);
}

/* The next one that is not the same socket as one before. */
static const struct held *next_socket(const struct group *g, const struct held *held)
{
        while ((held = next(g, held))) {
                const struct held *h = next(g, NULL);
                while (h != held && h->holder->socket_inode != held->holder->socket_inode)
                        h = next(g, h);
                if (h == held)
                        return held;
        }
        return NULL;
}

static const char *local_of(const struct held *held)
{
        return held->detail->local;
}

static const char *remote_of(const struct held *held)
{
        return held->detail->remote;
}

/* Whether @held is the first of the group with its text. */
static bool is_new(const struct group *g, const struct held *held,
                   const char *(*text)(const struct held *held))
{
        for (const struct held *h = next(g, NULL); h != held; h = next(g, h))
                if (same_text(text(h), text(held)))
                        return false;
        return true;
}

/* ", local address 127.0.0.1:80", ", local addresses a, b, c and 9 more" */
static void print_addresses(FILE *f, const struct group *g, const char *what,
                            const char *(*text)(const struct held *held))
{
        const struct held *h;
        size_t n = 0, n_listed = 0;

        for (h = next(g, NULL); h; h = next(g, h))
                n += text(h) && is_new(g, h, text);
        if (n == 0)
                return;
        fprintf(f, "%s%s", what, n == 1 || !*what ? "" : "es");
        for (h = next(g, NULL); h && n_listed < LISTED_MAX; h = next(g, h))
                if (text(h) && is_new(g, h, text))
                        fprintf(f, "%s %s", n_listed++ > 0 ? "," : "", text(h));
        if (n > LISTED_MAX)
                fprintf(f, " and %zu more", n - LISTED_MAX);
}

/* The length of "127.0.0.1" in "127.0.0.1:51450"; 0 where there is no port. */
static size_t host_length(const char *address)
{
        const char *colon = address ? strrchr(address, ':') : NULL;

        return colon ? (size_t)(colon - address) : 0;
}

/* Of many clients the ports are of no interest. */
static void print_remote(FILE *f, const struct group *g)
{
        const char *first = g->first->detail->remote;
        size_t host = host_length(first);
        bool one_host = host > 0;

        for (const struct held *h = next_socket(g, NULL); h && one_host; h = next_socket(g, h)) {
                const char *remote = remote_of(h);
                one_host = host_length(remote) == host && strncmp(first, remote, host) == 0 &&
                           is_new(g, h, remote_of);
        }
        if (one_host && g->n_sockets > LISTED_MAX)
                fprintf(f, ", remote address %.*s with %zu ports", (int)host, first, g->n_sockets);
        else
                print_addresses(f, g, ", remote address", remote_of);
}

/* Who has the other ends of the group's unix sockets: each process once. */
static void print_peer_processes(FILE *f, const struct group *g)
{
        const struct inspection *i = g->inspection;
        unsigned n = 0;

        for (size_t k = 0; k < i->n_peers && n < EXPLAIN_LIST_MAX; k++) {
                const struct held *h = next(g, NULL);
                bool said = false;

                while (h && h->detail->peer_inode != i->peers[k].socket_inode)
                        h = next(g, h);
                for (size_t m = 0; m < k && g->n_sockets > 1; m++)
                        said = said || i->peers[m].pid == i->peers[k].pid;
                if (!h || said)
                        continue;
                fprintf(f, "%s %s (pid %d", n++ == 0 ? ", held by" : ",",
                        text_or(i->peers[k].comm, "a process"), (int)i->peers[k].pid);
                if (g->n_sockets == 1)
                        fprintf(f, ", fd %d", i->peers[k].fd);
                fputc(')', f);
        }
}

static void print_bytes(FILE *f, uint64_t n, const char *what)
{
        if (n > 0)
                fprintf(f, ", %" PRIu64 " byte%s to %s", n, n == 1 ? "" : "s", what);
}

/* The kernel counts the other end's closing as one to read (tcp_diag.c: by sequence numbers). */
static uint32_t unread(const struct socket_detail *d)
{
        bool closed = d->state && strcmp(d->state, "close_wait") == 0;

        return closed && d->receive_queue > 0 ? d->receive_queue - 1 : d->receive_queue;
}

static void print_listening(FILE *f, const struct group *g)
{
        uint64_t waiting = 0;

        print_addresses(f, g, "", local_of);
        for (const struct held *h = next_socket(g, NULL); h; h = next_socket(g, h))
                waiting += h->detail->receive_queue;
        if (g->first->detail->has_queues && g->n_sockets == 1)
                fprintf(f, ", backlog at most %" PRIu32, g->first->detail->send_queue);
        if (waiting > 0)
                fprintf(f, ", %" PRIu64 " connection%s to accept", waiting,
                        waiting == 1 ? "" : "s");
}

static void print_connected(FILE *f, const struct group *g)
{
        uint64_t receive = 0, send = 0;

        print_addresses(f, g, ", local address", local_of);
        print_remote(f, g);
        for (const struct held *h = next_socket(g, NULL); h; h = next_socket(g, h)) {
                receive += unread(h->detail);
                send += h->detail->send_queue;
        }
        print_bytes(f, receive, "read");
        print_bytes(f, send, "send");
        if (g->first->detail->peer_inode) {
                if (g->n_sockets == 1)
                        fprintf(f, "; its other end is socket inode %" PRIu64,
                                g->first->detail->peer_inode);
                else
                        fputs("; their other ends are open", f);
                print_peer_processes(f, g);
        }
}

/* What a state means; its name alone where that says it. */
static void print_state(FILE *f, const char *state)
{
        static const struct {
                const char *state, *words;
        } known[] = {
                {"established", "connected"},
                {"unconnected", "not connected"},
                {"listen", "listening on"},
                {"close_wait", "closed by the other end, but not by this process (close_wait)"},
        };

        for (size_t i = 0; i < ARRAY_SIZE(known); i++)
                if (strcmp(known[i].state, state) == 0) {
                        fputs(known[i].words, f);
                        return;
                }
        fprintf(f, "in state %s", state);
}

/* Whether there is more to say of a socket than that it is open. */
static bool says_more(const struct group *g)
{
        for (const struct held *h = next(g, NULL); h; h = next(g, h)) {
                const struct socket_detail *d = h->detail;
                if (d->state || (d->port_id && g->n_sockets == 1) || d->groups || d->local ||
                    d->receive_queue || d->send_queue)
                        return true;
        }
        return false;
}

static void print_detail(FILE *f, const struct group *g)
{
        const struct socket_detail *d = g->first->detail;

        if (!says_more(g))
                return;
        fputs(g->n_sockets == 1 ? "      It is " : "      They are ", f);
        if (d->state)
                print_state(f, d->state);
        else
                fputs("open", f);
        if (d->port_id && g->n_sockets == 1)
                fprintf(f, ", netlink port id %" PRIu32, d->port_id);
        if (d->groups)
                fprintf(f, ", multicast groups 0x%" PRIx32, d->groups);
        if (d->state && strcmp(d->state, "listen") == 0)
                print_listening(f, g);
        else
                print_connected(f, g);
        fputs(".\n", f);
}

static void count(struct group *g, const struct held *held)
{
        bool known = held->holder->socket_inode == 0;

        for (const struct held *h = next(g, NULL); h != held && !known; h = next(g, h))
                known = h->holder->socket_inode == held->holder->socket_inode;
        g->n++;
        g->n_sockets += !known || g->n == 1;
}

/* Where in the order of print_process() (explain-holders.c) @held stands: by its process's first.
 */
static size_t first_of_process(const struct inspection *i, size_t k)
{
        size_t m = 0;

        while (i->held[m].process != i->held[k].process)
                m++;
        return m;
}

/* Whether a stack like that of @k was printed before. */
static bool is_told(const struct inspection *i, size_t k)
{
        size_t own = first_of_process(i, k);

        for (size_t m = 0; m < i->n_held; m++) {
                const struct birth *b = i->held[m].holder->birth;
                size_t other = first_of_process(i, m);
                if (b && birth_same_place(b, i->held[k].holder->birth) &&
                    (other < own || (other == own && m < k && !is_alike(&i->held[m], &i->held[k]))))
                        return true;
        }
        return false;
}

static void print_birth(FILE *f, const struct explain *e, const struct group *g, size_t k)
{
        struct explain_birth b = {.first = g->first, .n_sockets = g->n_sockets};

        if (!g->first->holder->birth)
                return;
        for (const struct held *h = next(g, NULL); h; h = next(g, h)) {
                uint64_t usec = h->holder->birth->opened_usec;
                b.first_usec = b.first_usec ? MIN(b.first_usec, usec) : usec;
                b.last_usec = MAX(b.last_usec, usec);
        }
        b.told = is_told(e->inspection, k);
        explain_birth_print(f, e, &b);
}

void explain_group_print(FILE *f, const struct explain *e, size_t k)
{
        const struct inspection *i = e->inspection;
        struct group g = {.inspection = i, .first = &i->held[k]};
        const struct origin *o = &g.first->origin;

        for (const struct held *h = next(&g, NULL); h; h = next(&g, h))
                count(&g, h);
        print_through(f, &g);
        if (g.first->detail)
                print_detail(f, &g);
        /* What was noted is more than what the socket says. */
        if (!g.first->holder->birth || o->kind == ORIGIN_ACCEPTED)
                explain_origin_print(f, g.first, g.n_sockets);
        print_birth(f, e, &g, k);
        if (o->has_cloexec && !o->cloexec)
                fprintf(f,
                        "      %s not marked close-on-exec: programs started from here inherit "
                        "%s.\n",
                        g.n_sockets == 1 ? "It is" : "They are", g.n_sockets == 1 ? "it" : "them");
}
