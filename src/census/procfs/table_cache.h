/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The fd tables of processes that sleep. Only a task itself changes its fd table, or one that
 * shares the table with it, and only while it runs. So what a table held is what it holds, as long
 * as
 *
 *   - no thread of the process has run since: the scheduler counts that, in
 *     /proc/PID/task/TID/schedstat,
 *   - and no other process shares the table: kcmp(2) tells, and a new one that does can only have
 *     been made by a task that shares it, which must have run for that.
 *
 * A table becomes known step by step, one a scan, and only where a process has many more fds than
 * threads: the first walk counts its fds, the second one reads the counters, the third finds them
 * unchanged and asks who shares the table, the fourth lists what is in it and asks once more, and
 * the fifth scan needs no walk. It is asked twice because a process that is made while the others
 * are listed, by one that ends before its turn comes, is in no list of the first time.
 *
 * A table is walked again when the process has run, and after so many scans in any case. */

#include <sys/types.h>

#include "census/procfs/numbers.h"

/* A file in a known table. */
struct cached_file {
        uint32_t fd;
        uint32_t inode; /* of a socket; 0: another file that is looked at again in each scan */
};

/* What is known of a process's table, by how much it is. */
enum table_state {
        TABLE_UNKNOWN,
        TABLE_SHARED,   /* another task has the same table, so that nobody runs says nothing */
        TABLE_COUNTED,  /* how much its threads had run before it was walked */
        TABLE_ASLEEP,   /* and they have not run again */
        TABLE_ALONE,    /* and nobody else was found that has the table */
        TABLE_RECORDED, /* and files is what is in it */
        TABLE_LISTED,   /* and again nobody was found */
};

struct cached_table {
        pid_t pid;
        enum table_state state;
        uint32_t n_fds;      /* open ones, when it was walked last */
        uint32_t n_replays;  /* since it was walked */
        uint64_t run;        /* stands for the process and how much each thread has run */
        uint64_t since_usec; /* CLOCK_MONOTONIC; when run was found to be that */
        struct cached_file *files;
        size_t n_files, room_files;
};

struct table_cache;
struct table_cache *table_cache_new(void); /* NULL when out of memory */
struct table_cache *table_cache_free(struct table_cache *c);

/* Makes room for the processes @pids and forgets all others. Before a walk. 0 or -ENOMEM. */
int table_cache_begin(struct table_cache *c, const struct number_list *pids);

/* That of @pid, or NULL. Different ones may be used by different threads. */
struct cached_table *table_cache_find(struct table_cache *c, pid_t pid);

/* What a walker is to do with the table of a process. */
enum table_step {
        TABLE_WALK,   /* walk it */
        TABLE_RECORD, /* walk it, and note its files by cached_table_note() */
        TABLE_REPLAY, /* take files instead */
};

/* Asked before the walk. @dir_fd: the process's directory in /proc, @tids: all its threads. */
enum table_step cached_table_ask(struct cached_table *t, int dir_fd,
                                 const struct number_list *tids);

int cached_table_note(struct cached_table *t, uint32_t fd, uint32_t inode); /* 0 or -ENOMEM */

/* Told after each walk. @whole: it came to the end, and all threads have this one table. */
void cached_table_walked(struct cached_table *t, uint64_t n_fds, bool whole);

/* Whether it is to be asked who shares it. */
static inline bool cached_table_waits(const struct cached_table *t)
{
        return t->state == TABLE_ASLEEP || t->state == TABLE_RECORDED;
}

/* All fd tables on the host. */
struct host_tables {
        int proc_fd;
        const struct number_list *tids;       /* one task of each table that could be seen */
        const struct number_list *unreadable; /* the processes of which they could not */
};

/* Finds out, after a walk, which of the tables that wait for it are shared. 0 or -ENOMEM. */
int table_cache_prove(struct table_cache *c, const struct host_tables *seen);
