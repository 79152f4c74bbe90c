/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Who the processes of a census are, from a /proc of our own making: with pids that no kernel
 * gives.
 */

#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "census/describe.h"
#include "test-census.h"
#include "test-directory.h"

/* Above PID_MAX_LIMIT (linux/threads.h). */
#define PID(n)      (5000000 + (n))
#define START_USEC  (100 * USEC_PER_SEC)
#define START_TICKS (START_USEC / USEC_PER_SEC * (uint64_t)sysconf(_SC_CLK_TCK))

static void write_file(int dir, const char *name, const char *text)
{
        _cleanup_close_ int fd = openat(dir, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

        assert_true(fd >= 0);
        assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

/* A process that began @ticks after boot. */
static void add_process(const char *proc, pid_t pid, const char *comm, uint64_t ticks)
{
        char path[256], stat[256];

        (void)snprintf(path, sizeof(path), "%s/%d", proc, (int)pid);
        assert_int_equal(mkdir(path, 0700), 0);
        _cleanup_close_ int dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        assert_true(dir >= 0);
        if (comm)
                write_file(dir, "comm", comm);
        (void)snprintf(stat, sizeof(stat),
                       "%d (x) S 1 1 1 0 -1 4194304 1 0 0 0 0 0 0 0 20 0 1 0 %" PRIu64 " 0 0\n",
                       (int)pid, ticks);
        write_file(dir, "stat", stat);
        assert_int_equal(symlinkat("/bin/sh", dir, "exe"), 0);
}

static void remove_process(const char *proc, pid_t pid)
{
        static const char *const names[] = {"comm", "stat", "exe"};
        char path[256];

        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                (void)snprintf(path, sizeof(path), "%s/%d/%s", proc, (int)pid, names[i]);
                (void)unlink(path);
        }
        (void)snprintf(path, sizeof(path), "%s/%d", proc, (int)pid);
        assert_int_equal(rmdir(path), 0);
}

static struct holder hold(pid_t pid, uid_t uid)
{
        struct holder h = HOLDER_OF(pid, pid, 3);

        h.kind = HOLDER_SOCKET;
        h.uid = uid;
        return h;
}

/* Processes 1 to 4; 5 is not there any more, 6 is to be left alone. */
static struct census *census_of_six(void)
{
        struct census *c = test_census();
        struct netns *ns = test_netns(c, 5, 10, VERDICT_ORPHANED);

        c->start_boottime_usec = START_USEC;
        test_hold(ns, hold(0, UID_UNKNOWN));
        for (int i = 1; i <= 6; i++)
                test_hold(ns, hold(PID(i), 1000));
        test_hold(ns, hold(PID(1), 1000));
        c->unresolved = calloc(1, sizeof(*c->unresolved));
        c->unresolved[0] = hold(PID(2), 1000);
        c->n_unresolved = 1;
        test_blind(c, PID(1), GAP_PROCESS_UNREADABLE);
        test_blind(c, PID(5), GAP_PROCESS_UNREADABLE);
        test_blind(c, PID(6), GAP_PROCESS_SKIPPED);
        return c;
}

static int make_proc(void **state)
{
        static char proc[TEST_DIRECTORY_MAX];

        test_directory_make(proc);
        add_process(proc, PID(1), "leaker\n", 70);
        add_process(proc, PID(2), "bad\x1b[2J\n\n", START_TICKS - 1);
        add_process(proc, PID(3), NULL, 72);
        add_process(proc, PID(4), "younger\n", START_TICKS + 1);
        add_process(proc, PID(6), "stuck\n", 73);
        *state = proc;
        return 0;
}

static int remove_proc(void **state)
{
        for (int i = 1; i <= 6; i++)
                if (i != 5)
                        remove_process(*state, PID(i));
        return rmdir(*state);
}

static void test_processes(void **state)
{
        _cleanup_close_ int proc = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        _cleanup_(census_freep) struct census *c = census_of_six();
        const pid_t skip = PID(6);
        const struct scan_options options = {.skip = &skip, .n_skip = 1};
        const struct {
                uint64_t start_ticks;
                const char *comm;
                bool gone;
        } expected[] = {
                {70, "leaker", false},
                {START_TICKS - 1, "bad\\x1b[2J\\x0a", false},
                {72, NULL, false},
                {0, NULL, true}, /* it has got the number of one that was seen */
                {0, NULL, true},
                {0, NULL, false},
        };
        struct scan_progress progress = {};

        assert_int_equal(describe_census(c, NULL, proc, &options, &progress), 0);
        assert_int_equal(c->n_processes, ARRAY_SIZE(expected));
        for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
                const struct process *p = c->processes[i];

                assert_int_equal(p->pid, PID(i + 1));
                assert_int_equal(p->uid, 1000);
                assert_int_equal(p->start_ticks, expected[i].start_ticks);
                assert_int_equal(p->gone, expected[i].gone);
                assert_true(expected[i].comm ? strcmp(p->comm, expected[i].comm) == 0 : !p->comm);
                assert_null(p->unit);
                assert_ptr_equal(c->namespaces[0].holders[i + 1].process, p);
        }
        /* One for all holders; none where no process has it. */
        assert_ptr_equal(c->namespaces[0].holders[7].process, c->processes[0]);
        assert_ptr_equal(c->unresolved[0].process, c->processes[1]);
        assert_null(c->namespaces[0].holders[0].process);
        assert_true(c->processes[0]->executable.inode > 0);
}

static void test_blind_processes(void **state)
{
        _cleanup_close_ int proc = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        _cleanup_(census_freep) struct census *c = census_of_six();
        struct scan_progress progress = {};

        c->blind[0].start_ticks = c->blind[2].start_ticks = 0;
        assert_int_equal(describe_census(c, NULL, proc, &(struct scan_options){}, &progress), 0);
        /* What has ended is not blind; of what was skipped nothing is read. */
        assert_int_equal(c->n_blind, 2);
        assert_int_equal(c->blind[0].pid, PID(1));
        assert_int_equal(c->blind[0].start_ticks, 70);
        assert_int_equal(c->blind[1].pid, PID(6));
        assert_int_equal(c->blind[1].start_ticks, 0);
        assert_true(atomic_load(&progress.beats) >= 6);
}

static void test_cancelled(void **state)
{
        _cleanup_close_ int proc = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        _cleanup_(census_freep) struct census *c = census_of_six();
        struct scan_progress progress = {.cancel = true};

        assert_int_equal(describe_census(c, NULL, proc, &(struct scan_options){}, &progress),
                         -ECANCELED);
        assert_null(c->namespaces[0].holders[1].process);
}

static void test_nothing_to_describe(void **state)
{
        _cleanup_(census_freep) struct census *c = test_census();
        struct scan_progress progress = {};

        assert_int_equal(describe_census(c, NULL, -EBADF, &(struct scan_options){}, &progress), 0);
        assert_int_equal(c->n_processes, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_processes),
                cmocka_unit_test(test_blind_processes),
                cmocka_unit_test(test_cancelled),
                cmocka_unit_test(test_nothing_to_describe),
        };
        return cmocka_run_group_tests(tests, make_proc, remove_proc);
}
