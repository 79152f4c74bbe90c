/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/fds.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "census/procfs/budget.h"
#include "census/procfs/files.h"
#include "proc/dents.h"
#include "proc/error.h"
#include "util/clock.h"

/* After so many files, a look at the clock and at who wants the scan to stop. */
#define FILES_PER_LOOK 256

/* After so many numbers without a file it is asked which is the next that has one. */
#define GAP_MAX 3

/* Room for an entry or two of a directory. */
#define DENTS_FOR_ONE 64

/* An fd table with so many files is not gone through again for each process that shares it. */
#define LARGE 4096

/* How far the fd tables of one process were looked at. */
struct fds {
        struct visit *visit;
        uint64_t began_usec; /* CPU time of this thread */
        unsigned n_files;
        bool over; /* no time left */
};

/* fs/proc/fd.c: where in its directory a file is listed. */
static int64_t position_of(int fd)
{
        return fd + 2;
}

static int out_of_time(struct visit *v, const struct budget_place *place)
{
        int r = builder_cut(v->walker->builder, GAP_TOO_MANY_FILES, v->pid);
        return r < 0 ? r : budget_leave(v->walker->walk->host->budget, v->pid, place);
}

/* To be called for each file. 1, 0 when there is no time left for this process, or -ECANCELED. */
static int may_go_on(struct fds *all)
{
        struct scan_progress *progress = all->visit->walker->walk->progress;

        if (++all->n_files % FILES_PER_LOOK != 0)
                return 1;
        if (atomic_load_explicit(&progress->cancel, memory_order_relaxed))
                return -ECANCELED;
        atomic_fetch_add_explicit(&progress->beats, 1, memory_order_relaxed);
        return clock_usec(CLOCK_THREAD_CPUTIME_ID) - all->began_usec < BUDGET_PROCESS_USEC;
}

/* Whether the fd table, which is a large one, was gone through at another process already. 1, 0, or
 * a negative errno. */
static int was_seen(struct fd_table *t)
{
        struct walk *walk = t->visit->walker->walk;

        pthread_mutex_lock(&walk->large_fd_tables_lock);
        int r = fd_table_order_add(&walk->large_fd_tables, t->tid);
        pthread_mutex_unlock(&walk->large_fd_tables_lock);
        if (r == 0)
                builder_gap(t->visit->walker->builder, GAP_TOO_MANY_FILES, t->visit->pid, 0);
        return r == -ENOMEM ? r : r == 0;
}

/* Looks at one file, if there is time. 2 when there is none of that number, 1, 0 when this fd table
 * ends here, or a negative errno. */
static int look_at(struct fds *all, struct fd_table *t, const char *name, int fd)
{
        struct visit *v = t->visit;

        int r = may_go_on(all);
        if (r < 0)
                return r;
        if (r == 0) {
                all->over = true;
                return out_of_time(v, &(struct budget_place){t->tid, fd});
        }
        r = files_look(t, name, fd);
        if (r < 0 || v->unreadable)
                return MIN(r, 0);
        builder_coverage(v->walker->builder)->fds += r > 0;
        return r > 0 ? 1 : 2;
}

/* The next number, in place. */
static void count_up(char *name)
{
        size_t n = strlen(name), i = n;

        while (i > 0 && name[i - 1] == '9')
                name[--i] = '0';
        if (i > 0)
                name[i - 1]++;
        else {
                memmove(name + 1, name, n + 1);
                name[0] = '1';
        }
}

/* The lowest number of a file that is not below @fd: 1, 0 when there is none, or a negative errno.
 */
static int next_file(struct fd_table *t, int fd, int *ret)
{
        struct dents d = DENTS_INIT(t->fd_dir, t->visit->walker->dents, DENTS_FOR_ONE);
        const char *name;
        uint64_t number;

        int r = dents_seek(&d, position_of(fd));
        if (r >= 0)
                do
                        r = dents_next(&d, &number, &name);
                while (r > 0 && number < (uint64_t)fd);
        if (r > 0)
                *ret = (int)number;
        return proc_error_is_gone(r) ? 0 : r;
}

/* Looks at the files from number @from to before @end, by counting up: the lowest free number is
 * the next file's, so most tables have few gaps, and to have the files listed costs half of what a
 * look at them does. Only where numbers are missing is it asked which is the next, and so at the
 * end. No file that is there all the time is missed by that: each number is looked at, or not
 * listed. */
static int look_at_range(struct fds *all, struct fd_table *t, int from, int end)
{
        char name[FD_NAME_MAX] = "0";
        unsigned n_met = 0, n_missing = from == 0 ? 0 : GAP_MAX;

        for (int fd = from; fd < end; fd++) {
                if (n_missing == GAP_MAX) {
                        int r = next_file(t, fd, &fd);
                        if (r <= 0 || fd >= end)
                                return MIN(r, 0);
                        (void)snprintf(name, sizeof(name), "%d", fd);
                        n_missing = 0;
                }
                int r = look_at(all, t, name, fd);
                if (r <= 0)
                        return r;
                n_missing = r == 1 ? 0 : n_missing + 1;
                n_met += r == 1;
                /* How many there are, the size of the directory tells only since Linux 6.2. */
                if (n_met == LARGE && t->may_be_shared && (r = was_seen(t)) != 0)
                        return MIN(r, 0);
                count_up(name);
        }
        return 0;
}

static int look_at_table(struct fds *all, pid_t tid, int from, int end)
{
        struct visit *v = all->visit;
        char path[64];
        struct stat st;

        (void)snprintf(path, sizeof(path), "task/%d/fd", (int)tid);
        _cleanup_close_ int fd_dir = openat(v->dir_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd_dir < 0) {
                int r = negative_errno();
                if (!proc_error_is_gone(r))
                        visit_refused(v, r);
                return 0;
        }
        struct fd_table t = {.visit = v,
                             .tid = tid,
                             .fd_dir = fd_dir,
                             .fdinfo_dir = -EBADF,
                             .may_be_shared = end == INT_MAX};
        const struct coverage *coverage = builder_coverage(v->walker->builder);
        uint64_t before = coverage->fds;
        int r = 0;

        if (t.may_be_shared && fstat(fd_dir, &st) == 0 && st.st_size >= LARGE) {
                t.may_be_shared = false;
                r = was_seen(&t);
        }
        if (r == 0)
                r = look_at_range(all, &t, from, end);
        if (r == 0 && coverage->fds == before && from == 0 && end == INT_MAX && !v->unreadable)
                r = exits_note(&v->walker->exits, v->walker->walk->host->proc_fd, v->pid, tid);
        fd_close(t.fdinfo_dir);
        return MIN(r, 0);
}

/* One task of each fd table of the process, its first thread's before all others, into
 * walker->fd_tables. 1, 0 when they cannot be told apart, or -ENOMEM. */
static int list_tables(struct visit *v)
{
        struct walker *w = v->walker;
        struct fd_table_order *order = &w->fd_table_order;

        order->n = w->fd_tables.n = 0;
        int r = number_list_add(&w->fd_tables, (uint64_t)v->pid);
        if (r < 0 || w->tids.n < 2)
                return r < 0 ? r : 1;
        r = fd_table_order_add(order, v->pid);
        for (size_t i = 0; i < w->tids.n && (r >= 0 || proc_error_is_gone(r)); i++) {
                pid_t tid = (pid_t)w->tids.numbers[i];
                if (atomic_load_explicit(&w->walk->progress->cancel, memory_order_relaxed))
                        return -ECANCELED;
                r = tid == v->pid ? 0 : fd_table_order_add(order, tid);
                if (r > 0)
                        r = number_list_add(&w->fd_tables, (uint64_t)tid);
        }
        if (r == -ENOMEM || r >= 0 || proc_error_is_gone(r))
                return r == -ENOMEM ? r : 1;
        if (proc_error_is_refused(r))
                visit_refused(v, r);
        else
                builder_gap(w->builder, GAP_THREAD_FDS, v->pid, r);
        return 0;
}

/* Goes through all tables, from where the last scan ran out of time, once round. */
static int look_at_tables(struct fds *all)
{
        struct visit *v = all->visit;
        const struct number_list *tables = &v->walker->fd_tables;
        struct budget_place place = budget_resume(v->walker->walk->host->budget, v->pid);
        size_t first = 0;
        int r = 0;

        for (size_t i = 0; place.tid != 0 && i < tables->n; i++)
                if (tables->numbers[i] == (uint64_t)place.tid)
                        first = i;
        if ((uint64_t)place.tid != tables->numbers[first])
                place.fd = 0;
        for (size_t i = 0; i < tables->n && r >= 0 && !all->over && !v->unreadable; i++)
                r = look_at_table(all, (pid_t)tables->numbers[(first + i) % tables->n],
                                  i == 0 ? place.fd : 0, INT_MAX);
        if (r >= 0 && !all->over && !v->unreadable && place.fd > 0)
                r = look_at_table(all, (pid_t)tables->numbers[first], 0, place.fd);
        return r;
}

int fds_visit(struct visit *v)
{
        struct budget *budget = v->walker->walk->host->budget;
        struct fds all = {.visit = v};

        walker_at(v->walker, v->pid, SCAN_FDS);
        if (!budget_admits(budget, v->uid))
                return out_of_time(v, &(struct budget_place){});
        all.began_usec = clock_usec(CLOCK_THREAD_CPUTIME_ID);
        int r = list_tables(v);
        if (r >= 0 && !v->unreadable)
                r = look_at_tables(&all);
        int k = budget_charge(budget, v->uid, clock_usec(CLOCK_THREAD_CPUTIME_ID) - all.began_usec);
        return r < 0 ? r : k;
}
