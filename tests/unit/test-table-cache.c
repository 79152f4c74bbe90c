/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is known of the fd tables of processes that sleep, and when that ends. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "census/procfs/table_cache.h"
#include "util/macro.h"

#define N_FDS 100

static void on_signal(int number)
{
}

static void wait_asleep(pid_t pid)
{
        char path[32], state = 0;

        (void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
        while (state != 'S') {
                FILE *f = fopen(path, "re");
                assert_non_null(f);
                assert_int_equal(fscanf(f, "%*d %*s %c", &state), 1);
                (void)fclose(f);
        }
}

/* A child that sleeps, and does something only when it gets a signal. */
static pid_t sleeper(unsigned long flags)
{
        int ready[2];
        char byte;

        assert_return_code(pipe2(ready, O_CLOEXEC), errno);
        pid_t pid = (pid_t)syscall(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, NULL);
        assert_return_code(pid, errno);
        if (pid == 0) {
                prctl(PR_SET_PDEATHSIG, SIGKILL);
                (void)signal(SIGUSR1, on_signal);
                _exit(write(ready[1], "+", 1) == 1 && pause() < 0 && pause() < 0);
        }
        assert_int_equal(read(ready[0], &byte, 1), 1);
        close(ready[0]);
        close(ready[1]);
        wait_asleep(pid);
        return pid;
}

static void end(pid_t pid)
{
        assert_return_code(kill(pid, SIGKILL), errno);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* A cache, the process it is about, and what scans see. */
struct scans {
        struct table_cache *cache;
        pid_t pid;
        int dir_fd;
        struct number_list pids, tids, unreadable;
};

static int open_process(pid_t pid)
{
        char path[32];

        (void)snprintf(path, sizeof(path), "/proc/%d", (int)pid);
        int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        assert_return_code(fd, errno);
        return fd;
}

static void begin(struct scans *s, pid_t pid)
{
        *s = (struct scans){.cache = table_cache_new(), .pid = pid};
        assert_non_null(s->cache);
        s->dir_fd = open_process(pid);
        assert_int_equal(number_list_add(&s->pids, (uint64_t)pid), 0);
        assert_int_equal(number_list_add(&s->tids, (uint64_t)pid), 0);
}

static void finish(struct scans *s)
{
        table_cache_free(s->cache);
        close(s->dir_fd);
        free(s->pids.numbers);
        free(s->tids.numbers);
        free(s->unreadable.numbers);
        end(s->pid);
}

static enum table_step visit(struct scans *s, pid_t pid, int dir_fd)
{
        uint64_t tid = (uint64_t)pid;
        struct cached_table *t = table_cache_find(s->cache, pid);

        assert_non_null(t);
        enum table_step step =
                cached_table_ask(t, dir_fd, &(struct number_list){.numbers = &tid, .n = 1});
        if (step == TABLE_RECORD)
                assert_int_equal(cached_table_note(t, 7, 4711), 0);
        if (step != TABLE_REPLAY)
                cached_table_walked(t, N_FDS, true);
        return step;
}

/* One scan, in which a walk finds N_FDS files in each process, and one socket among them. What is
 * to be done with the first one. */
static enum table_step scan(struct scans *s)
{
        const struct host_tables all = {
                .proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC),
                .tids = &s->tids,
                .unreadable = &s->unreadable,
        };

        assert_int_equal(table_cache_begin(s->cache, &s->pids), 0);
        enum table_step step = visit(s, s->pid, s->dir_fd);
        for (size_t i = 1; i < s->pids.n; i++) {
                int dir_fd = open_process((pid_t)s->pids.numbers[i]);
                visit(s, (pid_t)s->pids.numbers[i], dir_fd);
                close(dir_fd);
        }
        assert_int_equal(table_cache_prove(s->cache, &all), 0);
        close(all.proc_fd);
        return step;
}

static enum table_state state_of(struct scans *s)
{
        return table_cache_find(s->cache, s->pid)->state;
}

static void until_listed(struct scans *s)
{
        static const struct {
                enum table_step step;
                enum table_state after;
        } expected[] = {{TABLE_WALK, TABLE_UNKNOWN},
                        {TABLE_WALK, TABLE_COUNTED},
                        {TABLE_WALK, TABLE_ALONE},
                        {TABLE_RECORD, TABLE_LISTED}};

        for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
                assert_int_equal(scan(s), expected[i].step);
                assert_int_equal(state_of(s), expected[i].after);
        }
}

static void test_known_step_by_step(void **state)
{
        struct scans s;

        begin(&s, sleeper(0));
        until_listed(&s);
        /* Not before the scheduler has certainly accounted for it. */
        assert_int_equal(scan(&s), TABLE_WALK);
        assert_int_equal(state_of(&s), TABLE_LISTED);
        sleep(2);
        assert_int_equal(scan(&s), TABLE_REPLAY);
        const struct cached_table *t = table_cache_find(s.cache, s.pid);
        assert_int_equal(t->n_fds, N_FDS);
        assert_int_equal(t->n_files, 1);
        assert_int_equal(t->files[0].fd, 7);
        assert_int_equal(t->files[0].inode, 4711);
        finish(&s);
}

static void test_walked_again_after_so_many_scans(void **state)
{
        struct scans s;
        unsigned replays = 0;

        begin(&s, sleeper(0));
        until_listed(&s);
        sleep(2);
        while (scan(&s) == TABLE_REPLAY)
                replays++;
        assert_in_range(replays, 16, 24);
        assert_int_equal(state_of(&s), TABLE_ALONE);
        assert_int_equal(scan(&s), TABLE_RECORD);
        assert_int_equal(scan(&s), TABLE_REPLAY);
        finish(&s);
}

static void test_running_ends_it(void **state)
{
        struct scans s;

        begin(&s, sleeper(0));
        until_listed(&s);
        sleep(2);
        assert_return_code(kill(s.pid, SIGUSR1), errno);
        for (int i = 0; i < 10 && scan(&s) == TABLE_REPLAY; i++)
                usleep(50 * 1000);
        assert_int_equal(state_of(&s), TABLE_COUNTED);
        finish(&s);
}

static void test_shared_table_is_never_known(void **state)
{
        struct scans s;
        pid_t other = sleeper(CLONE_FILES);

        begin(&s, sleeper(CLONE_FILES));
        assert_int_equal(number_list_add(&s.tids, (uint64_t)other), 0);
        for (int i = 0; i < 6; i++)
                assert_int_equal(scan(&s), TABLE_WALK);
        assert_int_equal(state_of(&s), TABLE_SHARED);
        finish(&s);
        end(other);
}

/* Made by one that was gone when its turn came: the first proof did not know of it. */
static void test_one_that_shares_is_found_later(void **state)
{
        struct scans s;
        pid_t other = sleeper(CLONE_FILES);

        begin(&s, sleeper(CLONE_FILES));
        for (int i = 0; i < 3; i++)
                assert_int_equal(scan(&s), TABLE_WALK);
        assert_int_equal(state_of(&s), TABLE_ALONE);
        assert_int_equal(number_list_add(&s.tids, (uint64_t)other), 0);
        assert_int_equal(scan(&s), TABLE_RECORD);
        assert_int_equal(state_of(&s), TABLE_SHARED);
        assert_int_equal(scan(&s), TABLE_WALK);
        assert_int_equal(state_of(&s), TABLE_SHARED);
        assert_null(table_cache_find(s.cache, s.pid)->files);
        finish(&s);
        end(other);
}

static void test_two_that_sleep_and_share(void **state)
{
        struct scans s;
        pid_t other = sleeper(CLONE_FILES);

        begin(&s, sleeper(CLONE_FILES));
        assert_int_equal(number_list_add(&s.pids, (uint64_t)other), 0);
        assert_int_equal(number_list_add(&s.tids, (uint64_t)other), 0);
        for (int i = 0; i < 6; i++)
                assert_int_equal(scan(&s), TABLE_WALK);
        assert_int_equal(state_of(&s), TABLE_SHARED);
        assert_int_equal(table_cache_find(s.cache, other)->state, TABLE_SHARED);
        finish(&s);
        end(other);
}

/* One that may not be looked at could share the table, if it has as many fds. */
static void test_unreadable_process(void **state)
{
        struct scans s;
        pid_t twin = sleeper(0);

        begin(&s, sleeper(0));
        assert_int_equal(number_list_add(&s.unreadable, (uint64_t)twin), 0);
        for (int i = 0; i < 5; i++)
                assert_int_equal(scan(&s), TABLE_WALK);
        assert_int_equal(state_of(&s), TABLE_ASLEEP);
        end(twin);
        /* One that has gone is asked again in the next scan, when it is no longer listed. */
        assert_int_equal(scan(&s), TABLE_WALK);
        assert_int_equal(state_of(&s), TABLE_ASLEEP);
        s.unreadable.n = 0;
        assert_int_equal(scan(&s), TABLE_WALK);
        assert_int_equal(state_of(&s), TABLE_ALONE);
        finish(&s);
}

static void test_few_fds_are_not_worth_it(void **state)
{
        struct scans s;

        begin(&s, sleeper(0));
        assert_int_equal(scan(&s), TABLE_WALK);
        table_cache_find(s.cache, s.pid)->n_fds = 31;
        assert_int_equal(scan(&s), TABLE_WALK);
        assert_int_equal(state_of(&s), TABLE_UNKNOWN);
        finish(&s);
}

static void test_forgotten_with_its_process(void **state)
{
        struct scans s;

        begin(&s, sleeper(0));
        until_listed(&s);
        s.pids.n = 0;
        assert_int_equal(table_cache_begin(s.cache, &s.pids), 0);
        assert_null(table_cache_find(s.cache, s.pid));
        s.pids.n = 1;
        assert_int_equal(scan(&s), TABLE_WALK);
        assert_int_equal(state_of(&s), TABLE_UNKNOWN);
        finish(&s);
}

static void test_cut_short(void **state)
{
        struct scans s;

        begin(&s, sleeper(0));
        until_listed(&s);
        cached_table_walked(table_cache_find(s.cache, s.pid), N_FDS, false);
        assert_int_equal(state_of(&s), TABLE_UNKNOWN);
        finish(&s);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_known_step_by_step),
                cmocka_unit_test(test_walked_again_after_so_many_scans),
                cmocka_unit_test(test_running_ends_it),
                cmocka_unit_test(test_shared_table_is_never_known),
                cmocka_unit_test(test_one_that_shares_is_found_later),
                cmocka_unit_test(test_two_that_sleep_and_share),
                cmocka_unit_test(test_unreadable_process),
                cmocka_unit_test(test_few_fds_are_not_worth_it),
                cmocka_unit_test(test_forgotten_with_its_process),
                cmocka_unit_test(test_cut_short),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
