/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/settle-private.h"

#include "netlink/sock-diag.h"

struct question *settle_find(struct settle *s, uint64_t inode, bool file)
{
        struct question *q, sought = {.key = {.inode = inode, .file = file}};

        HASH_FIND(hh, s->questions, &sought.key, sizeof(sought.key), q);
        return q;
}

static struct question *ask(struct settle *s, uint64_t inode, bool file, uint64_t tables,
                            const struct holder *h)
{
        struct question *q = settle_find(s, inode, file);

        if (q) {
                q->tables = q->tables && tables ? q->tables | tables : 0;
                if (q->uid != h->uid)
                        q->uid = UID_UNKNOWN;
                return q;
        }
        q = calloc(1, sizeof(*q));
        if (!q)
                return NULL;
        q->key.inode = inode;
        q->key.file = file;
        q->tables = tables;
        q->uid = h->uid;
        HASH_ADD(hh, s->questions, key, sizeof(q->key), q);
        if (q->hh.tbl)
                return q;
        free(q);
        return NULL;
}

/* A unix socket that an io_uring has registered: its queue may hold files, and nobody can look. */
static void count_ring_queue(struct builder *b, const struct holder *h, bool may_be_unix, bool idle)
{
        if (h->kind == HOLDER_IO_URING_FILE && may_be_unix && !idle)
                builder_gap(b, GAP_RING, h->pid, 0);
}

/* The sockets that a scan has seen, in this one or before, are known for as long as they live. 1
 * when it was one, 0, or -ENOMEM. */
static int settle_by_cache(struct settle *s, struct builder *b, size_t i, struct holder *h)
{
        struct socket_facts facts;

        if (!socket_cache_peek(s->walk->sockets, h->socket_inode, &facts))
                return 0;
        socket_facts_tell(&facts, h);
        count_ring_queue(b, h, socket_may_be_unix(&facts), facts.idle);
        h->reason = NULL;
        int r = builder_resolve(b, i, &facts.netns->id);
        return r < 0 ? r : 1;
}

static int add_socket(struct settle *s, struct builder *b, size_t i, struct holder *h)
{
        struct asked *a = &s->asked[i];
        int r;

        if (h->socket_inode == 0 || (r = settle_by_cache(s, b, i, h)) > 0)
                return 0;
        if (r < 0)
                return r;
        if (h->kind == HOLDER_SOCKET_MAPPING && h->writable)
                a->tables = SOCK_TABLE_BIT(SOCK_TABLE_PACKET) | SOCK_TABLE_BIT(SOCK_TABLE_XDP);
        a->question = ask(s, h->socket_inode, false, a->tables, h);
        return a->question ? 0 : -ENOMEM;
}

static int add_file(struct settle *s, struct builder *b, size_t i, struct holder *h)
{
        struct asked *a = &s->asked[i];

        int r = proc_file_look(&s->files, h, &a->file, &a->name);
        if (r < 0)
                return r;
        switch (a->file) {
        case PROC_FILE_NOTHING:
                builder_drop(b, i);
                return 0;
        case PROC_FILE_UNKNOWN:
        case PROC_FILE_ALIVE:
                h->reason = "may be a file below /proc/…/net, which can not be verified";
                break;
        case PROC_FILE_PERHAPS:
                h->reason =
                        "a file below /proc/…/net of which it is not known whether it keeps its "
                        "namespace";
                break;
        case PROC_FILE_HOLDS:
                h->reason = "an open file below /proc/…/net: its namespace is not readable from "
                            "procfs";
                break;
        }
        if (a->file == PROC_FILE_UNKNOWN)
                return 0;
        a->question = ask(s, h->file_inode, true, 0, h);
        return a->question ? 0 : -ENOMEM;
}

/* A file in flight, of which only the number is known. */
static int add_number(struct settle *s, struct builder *b, size_t i, const struct holder *h)
{
        struct asked *a = &s->asked[i];

        int r = proc_files_tree_has(&s->files, h->file_inode);
        if (r == -ENOMEM)
                return r;
        if (r > 0) {
                builder_drop(b, i);
                return 0;
        }
        a->file = PROC_FILE_PERHAPS;
        a->question = ask(s, h->file_inode, true, 0, h);
        return a->question ? 0 : -ENOMEM;
}

static int add(struct settle *s, struct builder *b, size_t i, struct holder *h)
{
        if (h->kind == HOLDER_PROC_NET_FILE)
                return add_file(s, b, i, h);
        return h->file_inode > 0 ? add_number(s, b, i, h) : add_socket(s, b, i, h);
}

int settle_new(struct walk *walk, struct builder *b, struct settle **ret)
{
        _cleanup_(settle_freep) struct settle *s = NULL;
        size_t n;

        *ret = NULL;
        struct holder *unresolved = builder_unresolved(b, &n);
        if (n == 0)
                return 0;
        s = calloc(1, sizeof(*s));
        if (!s)
                return -ENOMEM;
        s->walk = walk;
        s->asked = calloc(n, sizeof(*s->asked));
        if (!s->asked)
                return -ENOMEM;
        int r = proc_files_init(&s->files, walk);
        for (; s->n < n && r >= 0; s->n++) {
                struct holder *h = &unresolved[s->n];
                if (atomic_load(&walk->progress->cancel))
                        return -ECANCELED;
                r = add(s, b, s->n, h);
        }
        if (r < 0)
                return r;
        if (s->questions)
                *ret = TAKE_PTR(s);
        return 0;
}

struct settle *settle_free(struct settle *s)
{
        struct question *q, *next;

        if (!s)
                return NULL;
        HASH_ITER(hh, s->questions, q, next) {
                HASH_DEL(s->questions, q);
                free(q);
        }
        proc_files_deinit(&s->files);
        free(s->asked);
        free(s->known);
        free(s);
        return NULL;
}

/* Whether not to be found in any namespace proves something. */
static bool is_provable(const struct settle *s, const struct asked *a)
{
        if (!a->question || a->question->dropped)
                return false;
        return a->question->key.file ? a->file == PROC_FILE_HOLDS
                                     : a->tables && !(a->tables & s->walk->missing_tables);
}

bool settle_is_open(const struct settle *s)
{
        if (s->out_of_time || (s->rounds >= 2 && !s->unasked))
                return false;
        for (size_t i = 0; i < s->n; i++)
                if (is_provable(s, &s->asked[i]) && !s->asked[i].question->found)
                        return true;
        return false;
}

/* A file that was found in a known namespace. */
static int apply_found_file(struct settle *s, struct builder *b, size_t i)
{
        const struct question *q = s->asked[i].question;
        size_t n;

        /* A dead file's number may be another's by now. */
        switch (s->asked[i].file == PROC_FILE_PERHAPS ? PROC_NET_UNKNOWN : q->kind) {
        case PROC_NET_HOLDS:
                builder_unresolved(b, &n)[i].net_file = q->file;
                return builder_resolve(b, i, &q->id);
        case PROC_NET_HOLDS_NOT:
                builder_drop(b, i);
                return 0;
        default:
                /* Whether it holds that namespace or not: only an orphan is kept by such a thing.
                 */
                if (builder_verdict(b, &q->id) != VERDICT_ORPHANED)
                        builder_drop(b, i);
                return 0;
        }
}

static int apply_found(struct settle *s, struct builder *b, size_t i, struct holder *h)
{
        const struct question *q = s->asked[i].question;

        h->family = q->family;
        h->type = q->type;
        h->protocol = q->protocol;
        count_ring_queue(b, h, q->family == AF_UNIX, false);
        h->reason = NULL;
        return q->key.file ? apply_found_file(s, b, i) : builder_resolve(b, i, &q->id);
}

/* One that was found nowhere, in two rounds: a file is looked at once more, for it may be dead by
 * now. */
static int apply_nameless(struct settle *s, struct builder *b, size_t i, struct holder *h)
{
        struct asked *a = &s->asked[i];

        if (a->question->key.file) {
                int r = proc_file_look(&s->files, h, &a->file, &a->name);
                if (r < 0)
                        return r;
                if (a->file == PROC_FILE_NOTHING)
                        builder_drop(b, i);
                if (a->file != PROC_FILE_HOLDS)
                        return 0;
                h->net_file = a->name;
        }
        h->nameless = true;
        return 0;
}

int settle_apply(struct settle *s, struct builder *b)
{
        size_t n;
        int r = 0;

        for (size_t i = 0; i < s->n && r >= 0; i++) {
                const struct asked *a = &s->asked[i];
                struct holder *h = &builder_unresolved(b, &n)[i];
                if (!a->question)
                        continue;
                if (a->question->found)
                        r = apply_found(s, b, i, h);
                else if (is_provable(s, a) && !s->unasked && s->rounds >= 2)
                        r = apply_nameless(s, b, i, h);
        }
        return r;
}
