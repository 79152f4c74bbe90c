/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The files of procfs that are no process's. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "proc/tree.h"
#include "util/macro.h"

struct sought {
        const char *path;
        uint64_t inode;
        unsigned n_found, n_files;
        int stop; /* what to return when it is found */
};

static int note(const char *path, uint64_t inode, void *userdata)
{
        struct sought *s = userdata;

        s->n_files++;
        assert_true(inode >= PROC_TREE_FIRST_INODE);
        if (strcmp(path, s->path) != 0)
                return 0;
        assert_int_equal(inode, s->inode);
        s->n_found++;
        return s->stop;
}

static int walk(const char *directory, struct sought *s)
{
        char path[256];
        struct stat st;

        (void)snprintf(path, sizeof(path), "%s/%s", directory, s->path);
        if (stat(path, &st) < 0)
                skip();
        s->inode = st.st_ino;
        int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_return_code(fd, errno);
        return proc_tree_walk(fd, note, s);
}

static void test_all_of_proc(void **state)
{
        struct sought file = {.path = "cpuinfo"}, below = {.path = "tty/drivers"};

        assert_in_range(walk("/proc", &file), 0, 1);
        assert_int_equal(file.n_found, 1);
        assert_in_range(walk("/proc", &below), 0, 1);
        assert_int_equal(below.n_found, 1);
}

static void test_of_a_namespace(void **state)
{
        struct sought file = {.path = "dev"}, below = {.path = "stat/rt_cache"};

        assert_int_equal(walk("/proc/thread-self/net", &file), 0);
        assert_int_equal(file.n_found, 1);
        assert_in_range(file.n_files, 10, 1000);
        assert_int_equal(walk("/proc/thread-self/net", &below), 0);
        assert_int_equal(below.n_found, 1);
}

static void test_stops(void **state)
{
        struct sought file = {.path = "dev", .stop = -ECANCELED};

        assert_int_equal(walk("/proc/thread-self/net", &file), -ECANCELED);
        assert_int_equal(file.n_found, 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_all_of_proc),
                cmocka_unit_test(test_of_a_namespace),
                cmocka_unit_test(test_stops),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
