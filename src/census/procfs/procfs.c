/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The collector that walks /proc: one visit to every process, then the looks that may wait for
 * others, then the second look at what seems orphaned. */

#include <fcntl.h>
#include <stdalign.h>

#include "census/procfs/bpf-objects.h"
#include "census/procfs/dents.h"
#include "census/procfs/describe.h"
#include "census/procfs/lookers.h"
#include "census/procfs/mount-tasks.h"
#include "census/procfs/nameless.h"
#include "census/procfs/netns-open.h"
#include "census/procfs/pass.h"
#include "census/procfs/procfs-view.h"
#include "census/procfs/procfs.h"
#include "census/procfs/same-number.h"
#include "census/procfs/settle.h"
#include "census/procfs/tour.h"
#include "census/procfs/unseen.h"
#include "census/procfs/watches.h"
#include "util/clock.h"
#include "util/kernel.h"

/* Below so many processes a second thread costs more than it brings. */
#define PROCESSES_PER_WALKER 64

#define LIST_BUFFER_SIZE 4096

static struct procfs *procfs_of(struct collector *c)
{
        return (struct procfs *)c;
}

void walker_deinit(struct walker *w)
{
        builder_free(w->builder);
        free(w->dents);
        free(w->tids.numbers);
        free(w->tables.numbers);
        table_order_deinit(&w->table_order);
        free(w->queues);
        free(w->unproven);
        free(w->exiting);
        number_set_free(w->zombies);
        ourselves_deinit(&w->ourselves);
}

int walker_init(struct walker *w, struct walk *walk)
{
        *w = (struct walker){.walk = walk};
        w->builder = builder_new();
        w->dents = malloc(DENTS_BUFFER_SIZE);
        ourselves_init(&w->ourselves, walk->proc_fd);
        if (w->builder && w->dents) {
                walker_leave_out_own(w);
                return 0;
        }
        walker_deinit(w);
        return -ENOMEM;
}

static int procfs_begin(struct collector *c, const struct scan_options *options,
                        struct scan_progress *progress, struct error *error)
{
        struct procfs *p = procfs_of(c);

        p->walk.options = options;
        p->walk.progress = progress;
        p->start_boottime_usec = clock_usec(CLOCK_BOOTTIME);
        return 0;
}

static void reverse(uint64_t *numbers, size_t n)
{
        for (size_t i = 0; i < n / 2; i++) {
                uint64_t other = numbers[n - 1 - i];
                numbers[n - 1 - i] = numbers[i];
                numbers[i] = other;
        }
}

/* The processes that the walk before had no time for have their turn first. */
static void start_at(uint64_t *pids, size_t n, uint64_t first)
{
        size_t i = 0;

        while (i < n && pids[i] < first)
                i++;
        reverse(pids, i);
        reverse(pids + i, n - i);
        reverse(pids, n);
}

/* All processes, our own first. */
static int list_pids(struct procfs *p)
{
        alignas(8) char buffer[LIST_BUFFER_SIZE];
        struct dents d = DENTS_INIT(p->walk.proc_fd, buffer, sizeof(buffer));
        uint64_t pid, own = (uint64_t)getpid();
        const char *name;

        p->pids.n = 0;
        int r = dents_seek(&d, 0);
        while (r >= 0 && (r = dents_next(&d, &pid, &name)) > 0) {
                r = number_list_add(&p->pids, pid);
                if (r >= 0 && pid == own) {
                        p->pids.numbers[p->pids.n - 1] = p->pids.numbers[0];
                        p->pids.numbers[0] = own;
                }
        }
        pid_t first = budget_first(p->walk.budget);
        if (first > 0 && p->pids.n > 1)
                start_at(p->pids.numbers + 1, p->pids.n - 1, (uint64_t)first);
        return r;
}

/* What is done at each process: the walk, whose reads can not hang. */
static int walk_process(struct visit *v)
{
        builder_coverage(v->walker->builder)->processes++;
        int r = visit_tasks(v);
        return r < 0 ? r : visit_fds(v);
}

/* What each walker found on its own becomes the first one's. */
static int merge_walker(struct walker *to, struct walker *from)
{
        int r = builder_merge(to->builder, from->builder);

        for (size_t i = 0; i < from->n_queues && r >= 0; i++)
                r = walker_note_queue(to, &from->queues[i]);
        for (size_t i = 0; i < from->n_unproven && r >= 0; i++)
                r = walker_note_unproven(to, &from->unproven[i]);
        return r;
}

/* As many walkers as are allowed and have something to do. 0 or -ENOMEM. */
static int walkers_init(struct procfs *p, struct walker *walkers, unsigned *ret_n)
{
        unsigned allowed = MIN(MAX(p->walk.options->threads, 1u), (unsigned)WALKERS_MAX);
        unsigned useful = (unsigned)(p->pids.n / PROCESSES_PER_WALKER) + 1;
        int r = 0;

        for (*ret_n = 0; *ret_n < MIN(allowed, useful) && r >= 0; *ret_n += r >= 0)
                r = walker_init(&walkers[*ret_n], &p->walk);
        return r;
}

static void walkers_deinit(struct walker *walkers, unsigned n)
{
        for (unsigned i = 0; i < n; i++)
                walker_deinit(&walkers[i]);
}

static int walk_all(struct procfs *p, struct walker *walkers, unsigned n)
{
        struct walker *first = &walkers[0];
        /* Our own files before any walker has a duplicate among them: it would be called a holder.
         */
        const struct number_list own = {.numbers = p->pids.numbers, .n = MIN(p->pids.n, (size_t)1)};
        const struct number_list others = {.numbers = p->pids.numbers + own.n,
                                           .n = p->pids.n - own.n};

        /* And the mounts before the files: they say which devices are a bpffs. */
        int r = walker_visit_mounts(first);
        if (r >= 0)
                r = pass_over(&own, walkers, 1, walk_process);
        if (r >= 0)
                r = pass_over(&others, walkers, n, walk_process);
        for (unsigned i = 1; i < n && r >= 0; i++)
                r = merge_walker(first, &walkers[i]);
        if (r >= 0)
                mount_tasks_count_unseen(first);
        if (r >= 0)
                r = walker_look_into_queues(first);
        /* Reading a memory map waits for its owner's lock: after all that does not wait. */
        if (r >= 0)
                r = pass_over(&p->pids, walkers, n, visit_maps);
        if (r >= 0)
                r = walker_list_bpf_links(first);
        for (unsigned i = 0; i < n && r >= 0; i++)
                exits_count(&walkers[i]);
        for (unsigned i = 1; i < n && r >= 0; i++)
                r = builder_merge(first->builder, walkers[i].builder);
        return r < 0 ? r : walker_prove_tasks(first);
}

int procfs_walk_into(struct procfs *p, struct builder *b, bool exact)
{
        struct walker walkers[WALKERS_MAX];
        unsigned n;

        kernel_devices_refresh(&p->walk.devices, p->walk.proc_fd);
        number_set_clear(p->walk.rings);
        number_set_clear(p->walk.bpf_links);
        number_set_clear(p->walk.netns);
        number_set_clear(p->walk.other_nsfs);
        socket_cache_forget_idle(p->walk.sockets);
        budget_begin(p->walk.budget);
        p->walk.large_tables.n = 0;
        int r = list_pids(p);
        if (r < 0)
                return r;
        r = walkers_init(p, walkers, &n);
        if (r >= 0 && !exact)
                r = tour_namespaces(&p->pids, walkers, n);
        if (r >= 0)
                r = walk_all(p, walkers, n);
        if (r >= 0)
                r = builder_merge(b, walkers[0].builder);
        walkers_deinit(walkers, n);
        return r;
}

static int scan_error(struct error *error, int r)
{
        switch (r) {
        case -ECANCELED:
                return error_set(error, -r, "The scan was cancelled");
        case -ENOMEM:
                return error_oom(error);
        default:
                return r < 0 ? error_set_errno(error, r, "The walk over /proc failed") : r;
        }
}

/* How often namespaces are asked, at most: twice, and once more where one of them has just ended.
 */
#define SETTLE_ROUNDS_MAX 3

/* The same questions, to what a walk of its own finds. */
static int settle_again(struct procfs *p, struct settle *s)
{
        _cleanup_(builder_freep) struct builder *b = builder_new();

        if (!b)
                return -ENOMEM;
        int r = procfs_walk_into(p, b, true);
        if (r >= 0)
                r = builder_settle(b);
        return r < 0 ? r : settle_ask(s, b);
}

/* Holders whose namespace can not be read: settle.h. */
static int settle_unresolved(struct procfs *p, struct builder *b)
{
        _cleanup_(settle_freep) struct settle *s = NULL;

        int r = settle_new(&p->walk, b, &s);
        if (r < 0 || !s)
                return r;
        r = builder_settle(b);
        if (r >= 0)
                r = settle_ask(s, b);
        for (unsigned i = 1; i < SETTLE_ROUNDS_MAX && r >= 0 && settle_is_open(s); i++)
                r = settle_again(p, s);
        if (r >= 0)
                r = settle_apply(s, b);
        return r < 0 ? r : nameless_settle(&p->walk, b, p->named);
}

static int procfs_walk(struct collector *c, struct builder *b, struct error *error)
{
        struct procfs *p = procfs_of(c);
        const struct builder_asker asker = same_number_asker(p);

        builder_set_asker(b, &asker);
        int r = procfs_view_gaps(p->walk.proc_fd, b);
        if (r >= 0)
                r = procfs_walk_into(p, b, false);
        if (r >= 0)
                r = watches_settle(b);
        if (r >= 0)
                r = settle_unresolved(p, b);
        return scan_error(error, r);
}

static int procfs_confirm(struct collector *c, struct builder *b, struct error *error)
{
        struct procfs *p = procfs_of(c);

        int r = procfs_look_again(p, b);
        return scan_error(error, r < 0 ? r : unseen_count(p, b));
}

static enum netns_presence procfs_ask_presence(struct collector *c, const struct netns_identity *id)
{
        return procfs_presence(procfs_of(c), id);
}

static int procfs_describe(struct collector *c, struct census *census, struct error *error)
{
        struct procfs *p = procfs_of(c);
        struct walker walkers[WALKERS_MAX];
        unsigned n;

        census_complete_owners(census, &p->walk);
        int r = walkers_init(p, walkers, &n);
        if (r >= 0)
                r = census_describe(census, walkers, n, p->start_boottime_usec);
        walkers_deinit(walkers, n);
        return scan_error(error, r);
}

static void procfs_end(struct collector *c, bool complete)
{
        struct procfs *p = procfs_of(c);

        if (complete)
                socket_cache_sweep(p->walk.sockets);
        else
                socket_cache_next_scan(p->walk.sockets);
        atomic_store(&p->walk.progress->step, SCAN_IDLE);
        atomic_store(&p->walk.progress->pid, 0);
}

static bool procfs_has_cookies(const struct collector *c)
{
        return socket_cache_has_cookies(((const struct procfs *)c)->walk.sockets);
}

static void procfs_free(struct collector *c)
{
        struct procfs *p = procfs_of(c);

        fd_close(p->walk.proc_fd);
        socket_cache_free(p->walk.sockets);
        lookers_free(p->walk.lookers);
        budget_free(p->walk.budget);
        table_order_deinit(&p->walk.large_tables);
        pthread_mutex_destroy(&p->walk.large_tables_lock);
        number_set_free(p->walk.mount_namespaces);
        number_set_free(p->walk.unseen_mntns);
        number_set_free(p->walk.rings);
        number_set_free(p->walk.bpf_links);
        number_set_free(p->walk.netns);
        number_set_free(p->walk.other_nsfs);
        number_set_free(p->confirmed);
        number_set_free(p->named);
        number_set_free(p->unseen);
        free(p->pids.numbers);
        free(p);
}

int procfs_collector_new(struct collector **ret, struct error *error)
{
        struct procfs *p = calloc(1, sizeof(*p));

        if (!p)
                return error_oom(error);
        p->collector = (struct collector){
                .name = "procfs",
                .begin = procfs_begin,
                .walk = procfs_walk,
                .confirm = procfs_confirm,
                .presence = procfs_ask_presence,
                .describe = procfs_describe,
                .end = procfs_end,
                .has_cookies = procfs_has_cookies,
                .free = procfs_free,
        };
        p->walk.sockets = socket_cache_new();
        p->walk.lookers = lookers_new();
        p->walk.budget = budget_new();
        pthread_mutex_init(&p->walk.large_tables_lock, NULL);
        p->walk.mount_namespaces = number_set_new();
        p->walk.unseen_mntns = number_set_new();
        p->walk.rings = number_set_new();
        p->walk.bpf_links = number_set_new();
        p->walk.netns = number_set_new();
        p->walk.other_nsfs = number_set_new();
        p->confirmed = number_set_new();
        p->named = number_set_new();
        p->unseen = number_set_new();
        p->walk.proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        int r = p->walk.proc_fd < 0 ? error_set_errno(error, errno, "Can not open /proc")
                : !p->walk.sockets || !p->walk.lookers || !p->walk.budget ||
                                !p->walk.mount_namespaces || !p->walk.unseen_mntns ||
                                !p->walk.rings || !p->walk.bpf_links || !p->walk.netns ||
                                !p->walk.other_nsfs || !p->confirmed || !p->named || !p->unseen
                        ? error_oom(error)
                        : procfs_view_check(p->walk.proc_fd, error);
        if (r >= 0) {
                r = kernel_devices_learn(&p->walk.devices);
                if (r < 0)
                        error_set_errno(error, r, "Can not learn the kernel's devices");
        }
        if (r < 0) {
                procfs_free(&p->collector);
                return r;
        }
        *ret = &p->collector;
        return 0;
}
