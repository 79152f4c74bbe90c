/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/settle.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "census/procfs/netns_open.h"
#include "census/procfs/parse.h"
#include "netlink/netns_thread.h"
#include "netlink/sock_diag.h"
#include "util/text.h"

struct question {
        uint64_t inode;  /* of the socket, or of the file */
        char *file;      /* "tcp" for /proc/…/net/tcp; NULL for a socket */
        uint64_t tables; /* it is in one of these socket tables, if anywhere; 0: who knows */
        bool found;
        struct netns_identity id; /* where it was found */
        int family, type, protocol;
};

struct settle {
        struct walk *walk;
        struct question *questions;
        size_t n;
        unsigned rounds;
        bool unasked; /* in the last round, a namespace could not be asked */
        struct netns **known;
        size_t n_known, room_known;
        const struct netns *at; /* being asked */
};

/* The sockets that a scan has seen, in this one or before, are known for as long as they live. */
static int settle_by_cache(struct walk *walk, struct builder *b)
{
        size_t n;

        for (size_t i = 0; builder_unresolved(b, &n), i < n;) {
                struct holder *h = &builder_unresolved(b, &n)[i];
                struct socket_facts facts;
                if (h->socket_inode == 0 ||
                    !socket_cache_peek(walk->sockets, h->socket_inode, &facts)) {
                        i++;
                        continue;
                }
                socket_facts_tell(&facts, h);
                h->reason = NULL;
                int r = builder_resolve(b, i, &facts.netns->id);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int question_init(struct question *q, const struct holder *h)
{
        _cleanup_free_ char *path = NULL;
        const char *file;

        *q = (struct question){.inode = h->file_inode ? h->file_inode : h->socket_inode};
        if (h->kind != HOLDER_PROC_NET_FILE) {
                if (h->kind == HOLDER_SOCKET_MAPPING && h->writable)
                        q->tables =
                                SOCK_TABLE_BIT(SOCK_TABLE_PACKET) | SOCK_TABLE_BIT(SOCK_TABLE_XDP);
                return 0;
        }
        path = strdup(h->path);
        if (!path)
                return -ENOMEM;
        (void)text_unescape(path);
        if (!parse_proc_net_path(path, &file))
                return 0;
        q->file = strdup(file);
        return q->file ? 0 : -ENOMEM;
}

int settle_new(struct walk *walk, struct builder *b, struct settle **ret)
{
        _cleanup_(settle_freep) struct settle *s = NULL;
        size_t n;

        *ret = NULL;
        int r = settle_by_cache(walk, b);
        if (r < 0)
                return r;
        const struct holder *unresolved = builder_unresolved(b, &n);
        if (n == 0)
                return 0;
        s = calloc(1, sizeof(*s));
        if (!s)
                return -ENOMEM;
        s->walk = walk;
        s->questions = calloc(n, sizeof(*s->questions));
        if (!s->questions)
                return -ENOMEM;
        for (; s->n < n; s->n++) {
                r = question_init(&s->questions[s->n], &unresolved[s->n]);
                if (r < 0)
                        return r;
        }
        *ret = TAKE_PTR(s);
        return 0;
}

struct settle *settle_free(struct settle *s)
{
        if (!s)
                return NULL;
        for (size_t i = 0; i < s->n; i++)
                free(s->questions[i].file);
        free(s->questions);
        free(s->known);
        free(s);
        return NULL;
}

static int answer_socket(const struct sock_record *record, void *userdata)
{
        struct settle *s = userdata;

        for (size_t i = 0; i < s->n; i++) {
                struct question *q = &s->questions[i];
                if (q->file || q->found || q->inode == 0 || q->inode != record->inode)
                        continue;
                q->found = true;
                q->id = s->at->id;
                q->family = record->family;
                q->type = record->type;
                q->protocol = record->protocol;
        }
        return 0;
}

static void answer_file(struct settle *s, struct question *q)
{
        struct statx stx;
        char path[4096];

        int n = snprintf(path, sizeof(path), "/proc/thread-self/net/%s", q->file);
        if (n >= (int)sizeof(path) ||
            statx(AT_FDCWD, path, AT_STATX_DONT_SYNC, STATX_INO, &stx) < 0)
                return;
        if (stx.stx_ino == q->inode) {
                q->found = true;
                q->id = s->at->id;
                q->family = q->type = q->protocol = -1;
        }
}

/* Inside a namespace. */
static int ask_inside(void *userdata)
{
        struct settle *s = userdata;
        uint64_t missing = 0;
        bool sockets = false;

        for (size_t i = 0; i < s->n; i++)
                if (s->questions[i].file && !s->questions[i].found)
                        answer_file(s, &s->questions[i]);
                else
                        sockets |= !s->questions[i].file;
        if (!sockets)
                return 0;
        /* What this kernel can not list is not asked for again: each question runs modprobe. */
        int r = sock_diag_walk(SOCK_TABLES_ALL & ~s->walk->missing_tables, answer_socket, s,
                               &missing);
        s->walk->missing_tables |= missing;
        return r;
}

static void ask_netns(struct settle *s, const struct netns *ns)
{
        s->at = ns;
        _cleanup_close_ int fd = netns_open(s->walk, ns);
        if (fd < 0 || netns_thread_run(fd, ask_inside, s) != 0)
                s->unasked = true;
}

static void note_known(struct netns *ns, void *userdata)
{
        struct settle *s = userdata;

        if (s->n_known < s->room_known)
                s->known[s->n_known++] = ns;
}

static void count_known(struct netns *ns, void *userdata)
{
        ((struct settle *)userdata)->room_known++;
}

int settle_ask(struct settle *s, struct builder *known)
{
        /* What could not be asked in an earlier round and is not known any more has ended. */
        s->unasked = false;
        s->n_known = s->room_known = 0;
        builder_foreach(known, count_known, s);
        free(s->known);
        s->known = calloc(s->room_known + 1, sizeof(struct netns *));
        if (!s->known)
                return -ENOMEM;
        builder_foreach(known, note_known, s);
        atomic_store(&s->walk->progress->step, SCAN_NETLINK);
        for (size_t i = 0; i < s->n_known; i++) {
                atomic_fetch_add(&s->walk->progress->beats, 1);
                ask_netns(s, s->known[i]);
        }
        s->rounds++;
        return 0;
}

/* Whether not to be found in any namespace proves something. */
static bool is_provable(const struct settle *s, const struct question *q)
{
        return q->file || (q->tables && !(q->tables & s->walk->missing_tables));
}

bool settle_is_open(const struct settle *s)
{
        for (size_t i = 0; i < s->n; i++)
                if (!s->questions[i].found && is_provable(s, &s->questions[i]))
                        return true;
        return false;
}

int settle_apply(struct settle *s, struct builder *b)
{
        size_t n;
        int r = 0;

        /* From the end, for what is resolved leaves the list. */
        for (size_t i = s->n; i-- > 0 && r >= 0;) {
                const struct question *q = &s->questions[i];
                struct holder *h = &builder_unresolved(b, &n)[i];
                if (q->found) {
                        h->family = q->family;
                        h->type = q->type;
                        h->protocol = q->protocol;
                        h->reason = NULL;
                        r = builder_resolve(b, i, &q->id);
                } else if (is_provable(s, q) && !s->unasked && s->rounds >= 2)
                        h->nameless = true;
        }
        return r;
}
