/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/table_cache.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "census/procfs/sharing.h"
#include "util/array.h"
#include "util/clock.h"
#include "util/macro.h"

/* Reading one thread's counters costs as much as looking at three fds. */
#define FDS_PER_THREAD 32

/* A task that is on a CPU all the time is accounted at the next tick: once a second at the latest,
 * where the tick is stopped (nohz_full). */
#define ACCOUNTED_USEC (2 * USEC_PER_SEC)

/* A table is walked again after so many scans, even if nothing has happened: not all in one. */
#define REPLAYS_MAX    16
#define REPLAYS_SPREAD 8

struct table_cache {
        struct cached_table *tables; /* sorted by pid */
        size_t n;
};

struct table_cache *table_cache_new(void)
{
        return calloc(1, sizeof(struct table_cache));
}

static void forget_files(struct cached_table *t)
{
        free(t->files);
        t->files = NULL;
        t->n_files = t->room_files = 0;
}

struct table_cache *table_cache_free(struct table_cache *c)
{
        if (!c)
                return NULL;
        for (size_t i = 0; i < c->n; i++)
                forget_files(&c->tables[i]);
        free(c->tables);
        free(c);
        return NULL;
}

static int table_compare(const void *a, const void *b)
{
        const struct cached_table *x = a, *y = b;
        return x->pid < y->pid ? -1 : x->pid > y->pid;
}

int table_cache_begin(struct table_cache *c, const struct number_list *pids)
{
        struct cached_table *tables = calloc(pids->n + 1, sizeof(*tables));
        size_t old = 0;

        if (!tables)
                return -ENOMEM;
        for (size_t i = 0; i < pids->n; i++)
                tables[i].pid = (pid_t)pids->numbers[i];
        qsort(tables, pids->n, sizeof(*tables), table_compare);
        for (size_t i = 0; i < pids->n; i++) {
                for (; old < c->n && c->tables[old].pid < tables[i].pid; old++)
                        forget_files(&c->tables[old]);
                if (old < c->n && c->tables[old].pid == tables[i].pid)
                        tables[i] = c->tables[old++];
        }
        for (; old < c->n; old++)
                forget_files(&c->tables[old]);
        free(c->tables);
        c->tables = tables;
        c->n = pids->n;
        return 0;
}

struct cached_table *table_cache_find(struct table_cache *c, pid_t pid)
{
        return bsearch(&(struct cached_table){.pid = pid}, c->tables, c->n, sizeof(*c->tables),
                       table_compare);
}

/* A step of a hash function (the end of MurmurHash3's). */
static uint64_t mix(uint64_t hash, uint64_t number)
{
        hash = (hash ^ number) * UINT64_C(0xff51afd7ed558ccd);
        hash = (hash ^ hash >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
        return hash ^ hash >> 33;
}

/* Adds how long thread @tid has run, and how many times. A kernel that does not count tells 0. */
static int add_run(int dir_fd, uint64_t tid, uint64_t *hash)
{
        char path[64], text[96];
        uint64_t ran_nsec, times;

        (void)snprintf(path, sizeof(path), "task/%" PRIu64 "/schedstat", tid);
        _cleanup_close_ int fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC);
        ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
        if (n < 0)
                return negative_errno();
        text[n] = '\0';
        if (sscanf(text, "%" SCNu64 " %*u %" SCNu64, &ran_nsec, &times) != 2 || times == 0)
                return -EOPNOTSUPP;
        *hash = mix(mix(mix(*hash, tid), ran_nsec), times);
        return 0;
}

/* A number for the process and what its threads have run. The directory's inode number is another
 * one for each process, whatever its pid. */
static int read_run(int dir_fd, const struct number_list *tids, uint64_t *ret)
{
        struct stat st;

        if (fstat(dir_fd, &st) < 0)
                return negative_errno();
        *ret = st.st_ino;
        for (size_t i = 0; i < tids->n; i++) {
                int r = add_run(dir_fd, tids->numbers[i], ret);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* The process sleeps: one step further. */
static enum table_step next_step(struct cached_table *t)
{
        switch (t->state) {
        case TABLE_COUNTED:
                t->state = TABLE_ASLEEP;
                return TABLE_WALK;
        case TABLE_ALONE:
        case TABLE_RECORDED:
                forget_files(t);
                t->state = TABLE_ALONE;
                return TABLE_RECORD;
        case TABLE_LISTED:
                if (clock_usec(CLOCK_MONOTONIC) - t->since_usec < ACCOUNTED_USEC)
                        return TABLE_WALK;
                if (t->n_replays++ < REPLAYS_MAX + (uint32_t)t->pid % REPLAYS_SPREAD)
                        return TABLE_REPLAY;
                forget_files(t);
                t->state = TABLE_ASLEEP;
                return TABLE_WALK;
        case TABLE_SHARED:
                forget_files(t);
                return TABLE_WALK;
        default:
                return TABLE_WALK;
        }
}

enum table_step cached_table_ask(struct cached_table *t, int dir_fd, const struct number_list *tids)
{
        uint64_t run;

        if (t->n_fds < FDS_PER_THREAD * tids->n || read_run(dir_fd, tids, &run) < 0)
                t->state = TABLE_UNKNOWN;
        else if (t->state != TABLE_UNKNOWN && t->run == run)
                return next_step(t);
        else {
                t->state = TABLE_COUNTED;
                t->run = run;
                t->since_usec = clock_usec(CLOCK_MONOTONIC);
        }
        forget_files(t);
        return TABLE_WALK;
}

int cached_table_note(struct cached_table *t, uint32_t fd, uint32_t inode)
{
        if (!t->files) {
                /* It has not run, so there are no more than at the last time. */
                t->files = calloc(t->n_fds + 1, sizeof(*t->files));
                t->room_files = t->files ? t->n_fds + 1 : 0;
        }
        if (!array_make_room(&t->files, t->n_files, &t->room_files, sizeof(*t->files)))
                return -ENOMEM;
        t->files[t->n_files++] = (struct cached_file){.fd = fd, .inode = inode};
        return 0;
}

void cached_table_walked(struct cached_table *t, uint64_t n_fds, bool whole)
{
        t->n_fds = (uint32_t)n_fds;
        if (!whole) {
                t->state = TABLE_UNKNOWN;
                forget_files(t);
        } else if (t->state == TABLE_ALONE) {
                struct cached_file *exact =
                        reallocarray(t->files, MAX(t->n_files, (size_t)1), sizeof(*exact));
                t->files = exact ? exact : t->files;
                t->room_files = exact ? MAX(t->n_files, (size_t)1) : t->room_files;
                t->state = TABLE_RECORDED;
                t->n_replays = 0;
        }
}

int table_cache_prove(struct table_cache *c, const struct host_tables *seen)
{
        _cleanup_free_ struct cached_table **waiting = NULL;
        size_t n = 0, room = 0;

        for (size_t i = 0; i < c->n; i++) {
                if (!cached_table_waits(&c->tables[i]))
                        continue;
                if (!array_make_room(&waiting, n, &room, sizeof(struct cached_table *)))
                        return -ENOMEM;
                waiting[n++] = &c->tables[i];
        }
        return n > 0 ? sharing_prove(waiting, n, seen) : 0;
}
