/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/resolve.h"

#include "census/builder-judge.h"
#include "census/procfs/nameless.h"
#include "census/procfs/proc-net.h"
#include "census/procfs/socket-cache.h"
#include "census/procfs/walk-all.h"
#include "netlink/sock-diag.h"

/* A unix socket that an io_uring has registered: its queue may hold files, and nobody can look. */
static void count_ring_queue(struct builder *b, const struct holder *h, bool may_be_unix, bool idle)
{
        if (h->kind == HOLDER_IO_URING_FILE && may_be_unix && !idle)
                builder_gap(b, GAP_RING, h->pid, 0);
}

/* The sockets that a scan has seen, in this one or before, are known for as long as they live. 1
 * when it was one, 0, or -ENOMEM. */
static int resolve_by_cache(struct resolve *s, struct builder *b, size_t i, struct holder *h)
{
        struct socket_facts facts;

        if (!socket_cache_peek(s->inquiry.walk->host->sockets, h->socket_inode, &facts))
                return 0;
        socket_facts_tell(&facts, h);
        count_ring_queue(b, h, socket_may_be_unix(&facts), facts.idle);
        h->reason = NULL;
        int r = builder_resolve(b, i, &facts.netns->id);
        return r < 0 ? r : 1;
}

static int add_socket(struct resolve *s, struct builder *b, size_t i, struct holder *h)
{
        struct asked *a = &s->asked[i];
        int r;

        if (h->socket_inode == 0 || (r = resolve_by_cache(s, b, i, h)) > 0)
                return 0;
        if (r < 0)
                return r;
        if (h->kind == HOLDER_SOCKET_MAPPING && h->writable)
                a->tables = SOCK_TABLE_BIT(SOCK_TABLE_PACKET) | SOCK_TABLE_BIT(SOCK_TABLE_XDP);
        a->question =
                questions_add(&s->inquiry.questions, h->socket_inode, false, a->tables, h->uid);
        return a->question ? 0 : -ENOMEM;
}

static int add_file(struct resolve *s, struct builder *b, size_t i, struct holder *h)
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
                h->reason = "may be a file below /proc/…/net, which cannot be verified";
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
        a->question = questions_add(&s->inquiry.questions, h->file_inode, true, 0, h->uid);
        return a->question ? 0 : -ENOMEM;
}

/* A file in flight, of which only the number is known. */
static int add_number(struct resolve *s, struct builder *b, size_t i, const struct holder *h)
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
        a->question = questions_add(&s->inquiry.questions, h->file_inode, true, 0, h->uid);
        return a->question ? 0 : -ENOMEM;
}

static int add(struct resolve *s, struct builder *b, size_t i, struct holder *h)
{
        if (h->kind == HOLDER_PROC_NET_FILE)
                return add_file(s, b, i, h);
        return h->file_inode > 0 ? add_number(s, b, i, h) : add_socket(s, b, i, h);
}

int resolve_init(struct resolve *s, struct walk *walk, struct builder *b)
{
        size_t n;

        *s = (struct resolve){};
        inquiry_init(&s->inquiry, walk);
        struct holder *unresolved = builder_unresolved(b, &n);
        s->asked = calloc(n + 1, sizeof(*s->asked));
        if (!s->asked)
                return -ENOMEM;
        int r = n == 0 ? 0 : proc_files_init(&s->files, walk->host->proc_fd);
        for (; s->n < n && r >= 0; s->n++) {
                if (atomic_load(&walk->progress->cancel))
                        return -ECANCELED;
                r = add(s, b, s->n, &unresolved[s->n]);
        }
        return r;
}

void resolve_deinit(struct resolve *s)
{
        inquiry_deinit(&s->inquiry);
        proc_files_deinit(&s->files);
        free(s->asked);
        s->asked = NULL;
}

/* Whether not to be found in any namespace proves something. */
static bool is_provable(const struct resolve *s, const struct asked *a)
{
        if (!a->question || a->question->dropped)
                return false;
        return a->question->key.file
                       ? a->file == PROC_FILE_HOLDS
                       : a->tables && !(a->tables & s->inquiry.walk->host->missing_tables);
}

/* Whether something is still open that another round could decide: one round proves nothing, nor
 * does one in which a namespace cannot be asked. */
static bool is_open(const struct resolve *s)
{
        if (s->inquiry.out_of_time || (s->inquiry.rounds >= 2 && !s->inquiry.unasked))
                return false;
        for (size_t i = 0; i < s->n; i++)
                if (is_provable(s, &s->asked[i]) && !s->asked[i].question->found)
                        return true;
        return false;
}

/* A file that was found in a known namespace. */
static int apply_found_file(struct resolve *s, struct builder *b, size_t i)
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

static int apply_found(struct resolve *s, struct builder *b, size_t i, struct holder *h)
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
static int apply_nameless(struct resolve *s, struct builder *b, size_t i, struct holder *h)
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

int resolve_apply(struct resolve *s, struct builder *b)
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
                else if (is_provable(s, a) && !s->inquiry.unasked && s->inquiry.rounds >= 2)
                        r = apply_nameless(s, b, i, h);
        }
        return r;
}

/* How often namespaces are asked, at most: twice, and once more where one of them has just ended.
 */
#define ROUNDS_MAX 3

/* The same questions, to what a walk of its own finds. */
static int ask_again(struct resolve *s)
{
        _cleanup_(builder_freep) struct builder *b = builder_new();

        if (!b)
                return -ENOMEM;
        int r = walk_all(s->inquiry.walk, b, true);
        if (r >= 0)
                r = builder_judge(b);
        return r < 0 ? r : inquiry_ask(&s->inquiry, b);
}

static int ask_all(struct resolve *s, struct builder *b)
{
        int r = builder_judge(b);

        if (r >= 0)
                r = inquiry_ask(&s->inquiry, b);
        for (unsigned i = 1; i < ROUNDS_MAX && r >= 0 && is_open(s); i++)
                r = ask_again(s);
        return r;
}

int resolve_holders(struct walk *walk, struct builder *b)
{
        _cleanup_(resolve_deinit) struct resolve s;

        int r = resolve_init(&s, walk, b);
        if (r < 0 || !s.inquiry.questions.all)
                return r;
        r = ask_all(&s, b);
        if (r >= 0)
                r = resolve_apply(&s, b);
        return r < 0 ? r : nameless_resolve(walk->host, b);
}
