/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/inquiry.h"

#include <fcntl.h>
#include <sched.h>

#include "census/procfs/netns-open.h"
#include "census/procfs/resolve-order.h"
#include "netlink/netns-thread.h"
#include "netlink/sock-diag.h"
#include "netns/visit-lock.h"
#include "proc/tree.h"
#include "util/clock.h"

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
        struct inquiry *in = userdata;
        struct question *found =
                questions_answer(&in->questions, record->inode, false, &in->at->id);

        if (found) {
                found->family = record->family;
                found->type = record->type;
                found->protocol = record->protocol;
        }
        return 0;
}

/* A file below net/: its number stands for it, whatever it is called elsewhere. */
static int answer_file(const char *path, uint64_t inode, void *userdata)
{
        struct inquiry *in = userdata;
        struct question *found = questions_answer(&in->questions, inode, true, &in->at->id);

        if (found) {
                found->family = found->type = found->protocol = -1;
                found->kind = proc_net_kind_of(path, &found->file);
        }
        return 0;
}

static int ask_files(struct inquiry *in)
{
        int fd = open("/proc/thread-self/net", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        return fd < 0 ? negative_errno() : proc_tree_walk(fd, answer_file, in);
}

/* Inside a namespace. */
static int ask_inside(struct inquiry *in)
{
        uint64_t missing = 0;
        int r = 0;

        if (in->questions.files_wanted)
                r = ask_files(in);
        if (r != 0 || !in->questions.sockets_wanted)
                return r;
        /* What this kernel cannot list is not asked for again: each question runs modprobe. */
        r = sock_diag_walk(in->questions.tables_wanted & ~in->walk->host->missing_tables,
                           answer_socket, in, &missing);
        in->walk->host->missing_tables |= missing;
        return r;
}

/* Takes back what is asked by the owners of the namespaces from number @i on, but for root. */
static void drop_own(struct inquiry *in, size_t i)
{
        for (; i < in->n_known; i++) {
                uid_t uid = in->known[i]->charged_uid;
                if (in->known[i]->has_owner && uid != 0 &&
                    (i == 0 || in->known[i - 1]->charged_uid != uid))
                        questions_drop(&in->questions, uid);
        }
        in->questions.stale = true;
}

static void ask_netns(struct inquiry *in, const struct netns *ns)
{
        in->at = ns;
        _cleanup_close_ int fd = netns_open(in->walk->host->proc_fd, ns);
        if (fd < 0 || setns(fd, CLONE_NEWNET) < 0 || ask_inside(in) != 0)
                in->unasked = true;
}

/* On a thread that may go where it likes. */
static int ask_known(void *userdata)
{
        struct inquiry *in = userdata;
        bool own_dropped = false;

        for (size_t i = 0; i < in->n_known; i++) {
                uint64_t used = clock_usec(CLOCK_MONOTONIC) - in->began_usec;
                if (atomic_load(&in->walk->progress->cancel))
                        return -ECANCELED;
                atomic_fetch_add(&in->walk->progress->beats, 1);
                if (used >= ASK_OWN_USEC && !own_dropped) {
                        drop_own(in, i);
                        own_dropped = true;
                }
                questions_sum_up(&in->questions, used < ASK_ANY_USEC);
                if (!in->questions.files_wanted && !in->questions.sockets_wanted)
                        return 0;
                if (used >= ASK_ALL_USEC) {
                        in->unasked = in->out_of_time = true;
                        return 0;
                }
                ask_netns(in, in->known[i]);
        }
        return 0;
}

static void note_known(struct netns *ns, void *userdata)
{
        struct inquiry *in = userdata;

        if (in->n_known < in->room_known)
                in->known[in->n_known++] = ns;
}

static void count_known(struct netns *ns, void *userdata)
{
        ((struct inquiry *)userdata)->room_known++;
}

void inquiry_init(struct inquiry *in, struct walk *walk)
{
        *in = (struct inquiry){.walk = walk};
}

void inquiry_deinit(struct inquiry *in)
{
        questions_deinit(&in->questions);
        free(in->known);
        in->known = NULL;
}

int inquiry_ask(struct inquiry *in, struct builder *known)
{
        _cleanup_(visit_lock_release) struct visit_lock lock = visit_lock_take();
        int r;

        /* What was not asked in an earlier round and is not known any more has ended. */
        in->unasked = false;
        in->n_known = in->room_known = 0;
        builder_foreach(known, count_known, in);
        free(in->known);
        in->known = calloc(in->room_known + 1, sizeof(struct netns *));
        if (!in->known)
                return -ENOMEM;
        builder_foreach(known, note_known, in);
        atomic_store(&in->walk->progress->pid, 0);
        atomic_store(&in->walk->progress->step, SCAN_NETLINK);
        in->began_usec = clock_usec(CLOCK_MONOTONIC);
        in->questions.stale = true;
        r = resolve_order(in->known, in->n_known);
        if (r < 0)
                return r;
        _cleanup_close_ int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
        r = home < 0 ? negative_errno() : netns_thread_run(home, ask_known, in);
        if (r == -ECANCELED || r == -ENOMEM)
                return r;
        in->unasked |= r < 0;
        in->rounds++;
        return 0;
}
