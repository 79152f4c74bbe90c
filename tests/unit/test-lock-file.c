/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/lock-file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "test-directory.h"
#include "util/clock.h"
#include "util/macro.h"

static char directory[TEST_DIRECTORY_MAX];

static int setup(void **state)
{
        test_directory_make(directory);
        return 0;
}

static void path_of(char path[static 256], const char *name)
{
        (void)snprintf(path, 256, "%s/%s", directory, name);
}

static int teardown(void **state)
{
        char path[256];

        path_of(path, "lock");
        (void)unlink(path);
        path_of(path, "else");
        (void)unlink(path);
        return rmdir(directory);
}

static void test_one_at_a_time(void **state)
{
        struct stat st;
        int first = lock_file_take(directory, "lock", LOCK_EX, 0);

        assert_true(first >= 0);
        assert_int_equal(fstat(first, &st), 0);
        assert_int_equal(st.st_mode, S_IFREG | 0600);
        assert_true(fcntl(first, F_GETFD) & FD_CLOEXEC);
        uint64_t begin = clock_usec(CLOCK_MONOTONIC);
        assert_int_equal(lock_file_take(directory, "lock", LOCK_EX, 50 * USEC_PER_MSEC),
                         -EWOULDBLOCK);
        assert_true(clock_usec(CLOCK_MONOTONIC) - begin >= 50 * USEC_PER_MSEC);
        int other = lock_file_take(directory, "else", LOCK_EX, 0);
        assert_true(other >= 0);
        fd_close(other);
        fd_close(first);
        first = lock_file_take(directory, "lock", LOCK_EX, 0);
        assert_true(first >= 0);
        fd_close(first);
}

static void test_several_that_share(void **state)
{
        int first = lock_file_take(directory, "lock", LOCK_SH, 0);
        int second = lock_file_take(directory, "lock", LOCK_SH, 0);

        assert_true(first >= 0 && second >= 0);
        assert_int_equal(lock_file_take(directory, "lock", LOCK_EX, 0), -EWOULDBLOCK);
        fd_close(first);
        fd_close(second);
}

/* A lock on the directory itself, which everybody may take who can read it, is none on us. */
static void test_directory_locked_by_somebody(void **state)
{
        int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        assert_int_equal(flock(fd, LOCK_EX), 0);
        int lock = lock_file_take(directory, "lock", LOCK_EX, 0);
        assert_true(lock >= 0);
        fd_close(lock);
        fd_close(fd);
}

static void test_what_others_can_write_to_is_refused(void **state)
{
        static const mode_t modes[] = {0777, 01777, 0770, 0702};
        char path[256];

        for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
                assert_int_equal(chmod(directory, modes[i]), 0);
                assert_int_equal(lock_file_take(directory, "lock", LOCK_EX, 0), -EPERM);
        }
        assert_int_equal(chmod(directory, 0755), 0);
        path_of(path, "lock");
        int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        assert_int_equal(fchmod(fd, 0644), 0);
        assert_int_equal(lock_file_take(directory, "lock", LOCK_EX, 0), -EPERM);
        assert_int_equal(fchmod(fd, 0600), 0);
        fd_close(fd);
        fd = lock_file_take(directory, "lock", LOCK_EX, 0);
        assert_true(fd >= 0);
        fd_close(fd);
}

static void test_nothing_is_followed(void **state)
{
        char path[256], target[256], link[sizeof(directory) + 8];

        path_of(target, "else");
        path_of(path, "lock");
        assert_int_equal(symlink(target, path), 0);
        assert_int_equal(lock_file_take(directory, "lock", LOCK_EX, 0), -ELOOP);
        assert_int_equal(access(target, F_OK), -1);
        assert_int_equal(unlink(path), 0);
        assert_int_equal(mkfifo(path, 0600), 0);
        assert_int_equal(lock_file_take(directory, "lock", LOCK_EX, 0), -EPERM);
        assert_int_equal(unlink(path), 0);

        (void)snprintf(link, sizeof(link), "%s.link", directory);
        assert_int_equal(symlink(directory, link), 0);
        int r = lock_file_take(link, "lock", LOCK_EX, 0);
        assert_true(r == -ENOTDIR || r == -ELOOP);
        assert_int_equal(unlink(link), 0);
        assert_int_equal(lock_file_take("/nowhere/at/all", "lock", LOCK_EX, 0), -ENOENT);
}

static void test_another_user_s(void **state)
{
        if (geteuid() != 0)
                skip();
        assert_int_equal(chown(directory, 54321, (gid_t)-1), 0);
        assert_int_equal(lock_file_take(directory, "lock", LOCK_EX, 0), -EPERM);
        assert_int_equal(chown(directory, 0, (gid_t)-1), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_one_at_a_time, setup, teardown),
                cmocka_unit_test_setup_teardown(test_several_that_share, setup, teardown),
                cmocka_unit_test_setup_teardown(test_directory_locked_by_somebody, setup, teardown),
                cmocka_unit_test_setup_teardown(test_what_others_can_write_to_is_refused, setup,
                                                teardown),
                cmocka_unit_test_setup_teardown(test_nothing_is_followed, setup, teardown),
                cmocka_unit_test_setup_teardown(test_another_user_s, setup, teardown),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
