/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/sharing.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdalign.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "census/procfs/dents.h"
#include "util/kernel.h"

/* Tables in the order kcmp(2) gives them. */
struct order {
        struct cached_table **tables;
        size_t n;
};

/* Where among @o the table of task @tid is, or belongs. 1 when it is there, 0, or a negative
 * errno of kcmp(2). */
static int order_search(const struct order *o, pid_t tid, size_t *ret)
{
        size_t low = 0, high = o->n;

        while (low < high) {
                size_t middle = low + (high - low) / 2;
                int r = kernel_kcmp_files(tid, o->tables[middle]->pid);
                *ret = middle;
                if (r <= 0)
                        return r < 0 ? r : 1;
                if (r == 1)
                        high = middle;
                else
                        low = middle + 1;
        }
        *ret = low;
        return 0;
}

/* Puts the @n tables in order, each once. 0 or a negative errno. */
static int order_make(struct order *o, struct cached_table **waiting, size_t n)
{
        for (size_t i = 0, at; i < n; i++) {
                int r = order_search(o, waiting[i]->pid, &at);
                if (r < 0)
                        return r;
                if (r > 0) {
                        waiting[i]->state = o->tables[at]->state = TABLE_SHARED;
                        continue;
                }
                memmove(&o->tables[at + 1], &o->tables[at], (o->n - at) * sizeof(*o->tables));
                o->tables[at] = waiting[i];
                o->n++;
        }
        return 0;
}

/* A task that has gone has no table any more. */
static bool has_gone(pid_t tid)
{
        return kernel_kcmp_files(tid, tid) == -ESRCH;
}

/* Finds those that a task of another process has, too. 0 or a negative errno. */
static int compare_all(const struct order *o, const struct number_list *tids)
{
        for (size_t i = 0, at; i < tids->n; i++) {
                pid_t tid = (pid_t)tids->numbers[i];
                int r = order_search(o, tid, &at);
                if (r > 0 && o->tables[at]->pid != tid)
                        o->tables[at]->state = TABLE_SHARED;
                if (r < 0 && !has_gone(tid))
                        return r;
        }
        return 0;
}

/* How many fds a task has open: the size of its fd/ since Linux 6.2, which needs no ptrace access.
 * Before, it is 0. */
static int count_fds(int proc_fd, uint64_t pid, uint64_t tid, struct number_list *counts)
{
        char path[64];
        struct stat st;

        (void)snprintf(path, sizeof(path), "%" PRIu64 "/task/%" PRIu64 "/fd", pid, tid);
        if (fstatat(proc_fd, path, &st, 0) < 0)
                return negative_errno();
        return number_list_add(counts, (uint64_t)st.st_size);
}

/* Those of all threads of an unreadable process. 0 or a negative errno. */
static int count_threads_fds(int proc_fd, uint64_t pid, struct number_list *counts)
{
        alignas(8) char buffer[4096];
        char path[32];
        uint64_t tid;
        const char *name;
        int r;

        (void)snprintf(path, sizeof(path), "%" PRIu64 "/task", pid);
        _cleanup_close_ int dir = openat(proc_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (dir < 0)
                return negative_errno();
        struct dents d = DENTS_INIT(dir, buffer, sizeof(buffer));
        while ((r = dents_next(&d, &tid, &name)) > 0) {
                r = count_fds(proc_fd, pid, tid, counts);
                if (r < 0)
                        return r;
        }
        return r;
}

/* How many fds there are in the tables in order, and in those of unreadable processes. */
struct counts {
        struct number_list ours, theirs;
};

static void counts_deinit(struct counts *c)
{
        free(c->ours.numbers);
        free(c->theirs.numbers);
}

static int counts_take(struct counts *c, const struct order *o, const struct host_tables *seen)
{
        int r = 0;

        for (size_t i = 0; i < o->n && r >= 0; i++)
                r = count_fds(seen->proc_fd, (uint64_t)o->tables[i]->pid,
                              (uint64_t)o->tables[i]->pid, &c->ours);
        for (size_t i = 0; i < seen->unreadable->n && r >= 0; i++)
                r = count_threads_fds(seen->proc_fd, seen->unreadable->numbers[i], &c->theirs);
        return r;
}

static bool same_numbers(const struct number_list *a, const struct number_list *b)
{
        return a->n == b->n &&
               (a->n == 0 || memcmp(a->numbers, b->numbers, a->n * sizeof(*a->numbers)) == 0);
}

static bool has_number(const struct number_list *l, uint64_t number)
{
        for (size_t i = 0; i < l->n; i++)
                if (l->numbers[i] == number)
                        return true;
        return false;
}

/* Those nobody was found to share with are alone, unless it is with somebody we may not look at. A
 * table shared with that one has as many fds there as here: it was counted by turns, twice, and
 * nothing changed. */
static int prove_alone(const struct order *o, const struct host_tables *seen)
{
        struct counts before = {}, now = {};
        int r = 0;

        if (seen->unreadable->n > 0) {
                r = counts_take(&before, o, seen);
                r = r < 0 ? r : counts_take(&now, o, seen);
        }
        if (r >= 0 && same_numbers(&before.ours, &now.ours) &&
            same_numbers(&before.theirs, &now.theirs))
                for (size_t i = 0; i < o->n; i++)
                        if (cached_table_waits(o->tables[i]) &&
                            (now.ours.n == 0 || !has_number(&now.theirs, now.ours.numbers[i])))
                                o->tables[i]->state++; /* a step further */
        counts_deinit(&before);
        counts_deinit(&now);
        return r;
}

int sharing_prove(struct cached_table **waiting, size_t n, const struct host_tables *seen)
{
        _cleanup_free_ struct cached_table **tables = calloc(n + 1, sizeof(*tables));

        if (!tables)
                return -ENOMEM;
        struct order o = {.tables = tables};
        int r = order_make(&o, waiting, n);
        if (r >= 0)
                r = compare_all(&o, seen->tids);
        if (r >= 0)
                r = prove_alone(&o, seen);
        /* Whatever else went wrong, most likely because a task ended: the next scan tries again. */
        return r == -ENOMEM ? r : 0;
}
