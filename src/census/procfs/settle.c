/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/settle.h"

#include <fcntl.h>
#include <sched.h>
#include <string.h>

#include "census/procfs/netns_open.h"
#include "census/procfs/proc-file.h"
#include "census/procfs/proc-net.h"
#include "census/procfs/proc-tree.h"
#include "census/procfs/settle-order.h"
#include "netlink/netns_thread.h"
#include "netlink/sock_diag.h"
#include "util/clock.h"
#include "util/hash.h"
#include "util/visit_lock.h"

/* Whose is it? Asked once of a file or socket, however many hold it. */
struct question {
        struct {
                uint64_t inode;
                uint64_t file; /* 1: of a file of procfs, 0: of a socket */
        } key;
        uint64_t tables; /* of a socket: where it may be; 0: anywhere, and that proves nothing */
        uid_t uid;       /* whose holders ask it; UID_UNKNOWN: those of several */
        bool found;
        bool dropped;             /* for want of time: nothing is concluded */
        struct netns_identity id; /* where it was found */
        int family, type, protocol;
        enum proc_net_kind kind; /* of a file, as where it was found */
        const char *file;        /* static: "tcp" */
        UT_hash_handle hh;
};

/* An unresolved holder. */
struct asked {
        struct question *question; /* NULL: nothing to ask */
        uint64_t tables; /* a socket: it is in one of these tables, if anywhere; 0: who knows */
        enum proc_file file;
        const char *name; /* static: "tcp", as far as it is known */
};

struct settle {
        struct walk *walk;
        struct proc_files files;
        struct question *questions;
        struct asked *asked; /* in the order of the builder's unresolved holders */
        size_t n;
        unsigned rounds;
        bool unasked; /* in the last round, a namespace could not be asked */
        struct netns **known;
        size_t n_known, room_known;
        const struct netns *at; /* being asked */
        uint64_t began_usec;    /* the round, CLOCK_MONOTONIC */

        /* What is still to be asked; to be found out anew when stale. */
        bool stale, files_wanted, sockets_wanted, all_tables_wanted;
        uint64_t tables_wanted;
};

/* In one round, what takes longer than that is cut:
 * sockets that may be of any kind, for not to find them proves nothing; */
#define ASK_ANY_USEC (500 * USEC_PER_MSEC)
/* what the owner of the namespaces that are left asks, so that who has thousands is not served in
 * each;
 */
#define ASK_OWN_USEC (2 * USEC_PER_SEC)
/* everything. */
#define ASK_ALL_USEC (10 * USEC_PER_SEC)

static struct question *find(struct settle *s, uint64_t inode, bool file)
{
        struct question *q, sought = {.key = {.inode = inode, .file = file}};

        HASH_FIND(hh, s->questions, &sought.key, sizeof(sought.key), q);
        return q;
}

static struct question *ask(struct settle *s, uint64_t inode, bool file, uint64_t tables,
                            const struct holder *h)
{
        struct question *q = find(s, inode, file);

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

/* The sockets that a scan has seen, in this one or before, are known for as long as they live. 1
 * when it was one, 0, or -ENOMEM. */
static int settle_by_cache(struct settle *s, struct builder *b, size_t i, struct holder *h)
{
        struct socket_facts facts;

        if (!socket_cache_peek(s->walk->sockets, h->socket_inode, &facts))
                return 0;
        socket_facts_tell(&facts, h);
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
        a->question = ask(s, h->file_inode, true);
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

static int answer_socket(const struct sock_record *record, void *userdata)
{
        struct settle *s = userdata;
        struct question *q = record->inode > 0 ? find(s, record->inode, false) : NULL;

        if (!q || q->found)
                return 0;
        q->found = s->stale = true;
        q->id = s->at->id;
        q->family = record->family;
        q->type = record->type;
        q->protocol = record->protocol;
        return 0;
}

/* A file below net/: its number stands for it, whatever it is called elsewhere. */
static int answer_file(const char *path, uint64_t inode, void *userdata)
{
        struct settle *s = userdata;
        struct question *q = find(s, inode, true);

        if (!q || q->found)
                return 0;
        q->found = s->stale = true;
        q->id = s->at->id;
        q->family = q->type = q->protocol = -1;
        q->kind = proc_net_kind_of(path, &q->file);
        return 0;
}

static int ask_files(struct settle *s)
{
        int fd = open("/proc/thread-self/net", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        return fd < 0 ? negative_errno() : proc_tree_walk(fd, answer_file, s);
}

static void find_wanted(struct settle *s, uint64_t used_usec)
{
        bool any = used_usec < ASK_ANY_USEC;

        if (!s->stale && (any || !s->all_tables_wanted))
                return;
        s->stale = s->files_wanted = s->sockets_wanted = s->all_tables_wanted = false;
        s->tables_wanted = 0;
        for (struct question *q = s->questions; q; q = q->hh.next) {
                if (q->found || q->dropped)
                        continue;
                s->files_wanted |= q->key.file;
                s->all_tables_wanted |= !q->key.file && !q->tables && any;
                s->tables_wanted |= q->tables;
        }
        if (s->all_tables_wanted)
                s->tables_wanted = SOCK_TABLES_ALL;
        s->sockets_wanted = s->tables_wanted != 0;
}

/* Inside a namespace. */
static int ask_inside(struct settle *s)
{
        uint64_t missing = 0;
        int r = 0;

        if (s->files_wanted)
                r = ask_files(s);
        if (r != 0 || !s->sockets_wanted)
                return r;
        /* What this kernel can not list is not asked for again: each question runs modprobe. */
        r = sock_diag_walk(s->tables_wanted & ~s->walk->missing_tables, answer_socket, s, &missing);
        s->walk->missing_tables |= missing;
        return r;
}

/* Takes back what is asked by the owners of the namespaces from number @i on, but for root. */
static void drop_own(struct settle *s, size_t i)
{
        for (; i < s->n_known; i++) {
                uid_t uid = s->known[i]->charged_uid;
                if (!s->known[i]->has_owner || uid == 0 ||
                    (i > 0 && s->known[i - 1]->charged_uid == uid))
                        continue;
                for (struct question *q = s->questions; q; q = q->hh.next)
                        q->dropped |= !q->found && q->uid == uid;
        }
        s->stale = true;
}

static void ask_netns(struct settle *s, const struct netns *ns)
{
        s->at = ns;
        _cleanup_close_ int fd = netns_open(s->walk, ns);
        if (fd < 0 || setns(fd, CLONE_NEWNET) < 0 || ask_inside(s) != 0)
                s->unasked = true;
}

/* On a thread that may go where it likes. */
static int ask_known(void *userdata)
{
        struct settle *s = userdata;
        bool own_dropped = false;

        for (size_t i = 0; i < s->n_known; i++) {
                uint64_t used = clock_usec(CLOCK_MONOTONIC) - s->began_usec;
                if (atomic_load(&s->walk->progress->cancel))
                        return -ECANCELED;
                atomic_fetch_add(&s->walk->progress->beats, 1);
                if (used >= ASK_OWN_USEC && !own_dropped) {
                        drop_own(s, i);
                        own_dropped = true;
                }
                find_wanted(s, used);
                if (!s->files_wanted && !s->sockets_wanted)
                        return 0;
                if (used >= ASK_ALL_USEC) {
                        s->unasked = true;
                        return 0;
                }
                ask_netns(s, s->known[i]);
        }
        return 0;
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
        _cleanup_close_ int lock = visit_lock();
        int r;

        /* What could not be asked in an earlier round and is not known any more has ended. */
        s->unasked = false;
        s->n_known = s->room_known = 0;
        builder_foreach(known, count_known, s);
        free(s->known);
        s->known = calloc(s->room_known + 1, sizeof(struct netns *));
        if (!s->known)
                return -ENOMEM;
        builder_foreach(known, note_known, s);
        atomic_store(&s->walk->progress->pid, 0);
        atomic_store(&s->walk->progress->step, SCAN_NETLINK);
        s->began_usec = clock_usec(CLOCK_MONOTONIC);
        s->stale = true;
        r = settle_order(s->known, s->n_known);
        if (r < 0)
                return r;
        _cleanup_close_ int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
        r = home < 0 ? negative_errno() : netns_thread_run(home, ask_known, s);
        if (r == -ECANCELED || r == -ENOMEM)
                return r;
        s->unasked |= r < 0;
        s->rounds++;
        return 0;
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
        if (s->rounds >= 2 && !s->unasked)
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
