/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <sched.h>

#include "census/procfs/netns-open.h"
#include "census/procfs/proc-tree.h"
#include "census/procfs/settle-order.h"
#include "census/procfs/settle-private.h"
#include "netlink/netns-thread.h"
#include "netlink/sock-diag.h"
#include "util/clock.h"
#include "util/visit-lock.h"

/* In one round, what takes longer than that is cut:
 * sockets that may be of any kind, for not to find them proves nothing; */
#define ASK_ANY_USEC (500 * USEC_PER_MSEC)
/* what the owner of the namespaces that are left asks, so that who has thousands is not served in
 * each;
 */
#define ASK_OWN_USEC (2 * USEC_PER_SEC)
/* everything. */
#define ASK_ALL_USEC (10 * USEC_PER_SEC)

static int answer_socket(const struct sock_record *record, void *userdata)
{
        struct settle *s = userdata;
        struct question *q = record->inode > 0 ? settle_find(s, record->inode, false) : NULL;

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
        struct question *q = settle_find(s, inode, true);

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
                        s->unasked = s->out_of_time = true;
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
