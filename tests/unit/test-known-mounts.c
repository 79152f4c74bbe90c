/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Mounts of namespaces are read anew when there is a reason to, and only then. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cmocka.h>

#include "census/bpf/known-mounts.h"
#include "test-child.h"
#include "test-netns.h"

#define FIRST  "/run/first"
#define SECOND "/run/second"

static const struct mount_need one = {41, 1}, two = {41, 2};

static void mount_here(const char *path)
{
        int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

        assert_true(fd >= 0);
        (void)close(fd);
        assert_int_equal(mount("/proc/self/ns/net", path, NULL, MS_BIND, NULL), 0);
}

/* In mount and network namespaces of our own, the latter mounted at FIRST. */
static uint64_t set_up(void)
{
        int home = test_netns_enter_new();

        (void)close(home);
        if (unshare(CLONE_NEWNS) < 0)
                skip();
        assert_int_equal(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
        assert_int_equal(mount("none", "/run", "tmpfs", 0, NULL), 0);
        mount_here(FIRST);
        int fd = test_netns_here();
        uint64_t inode = test_inode(fd);
        (void)close(fd);
        return inode;
}

static void test_kept_as_long_as_counts_are_the_same(void **state)
{
        struct known_mounts k = {};
        uint64_t inode = set_up();

        assert_int_equal(known_mounts_expect(&k, &one, 1), 0);
        const struct known_mount *m = known_mounts_get(&k, inode, 0);
        assert_non_null(m);
        assert_string_equal(m->path, FIRST);
        assert_int_equal(m->pid, getpid());
        assert_null(known_mounts_get(&k, inode, 1));
        assert_true(k.is_fresh);

        mount_here(SECOND);
        known_mounts_begin(&k);
        assert_int_equal(known_mounts_expect(&k, &one, 1), 0);
        assert_null(known_mounts_get(&k, inode, 1));
        assert_false(k.is_fresh);

        assert_int_equal(known_mounts_expect(&k, &two, 1), 0);
        assert_non_null(known_mounts_get(&k, inode, 1));
        assert_true(k.is_fresh);

        /* Another namespace, with the same number maybe. */
        assert_int_equal(umount(SECOND), 0);
        assert_int_equal(known_mounts_expect(&k, &(struct mount_need){42, 2}, 1), 0);
        assert_null(known_mounts_get(&k, inode, 1));

        assert_int_equal(umount(FIRST), 0);
        assert_int_equal(known_mounts_expect(&k, NULL, 0), 0);
        assert_null(known_mounts_get(&k, inode, 0));
        known_mounts_deinit(&k);
}

static void test_old_ones_are_read_again(void **state)
{
        struct known_mounts k = {};
        uint64_t inode = set_up();

        assert_int_equal(known_mounts_expect(&k, &one, 1), 0);
        assert_non_null(known_mounts_get(&k, inode, 0));
        assert_int_equal(umount(FIRST), 0);
        mount_here(SECOND);
        known_mounts_begin(&k);
        assert_true(k.read_usec > 61000000);
        k.read_usec -= 61000000;
        assert_int_equal(known_mounts_expect(&k, &one, 1), 0);
        const struct known_mount *m = known_mounts_get(&k, inode, 0);
        assert_non_null(m);
        assert_string_equal(m->path, SECOND);
        known_mounts_deinit(&k);
}

/* What only another process has, which ends. */
static void test_a_process_that_is_gone_shows_nothing(void **state)
{
        struct known_mounts k = {};
        uint64_t inode = set_up();
        pid_t pid = test_child(NULL);

        assert_int_equal(unshare(CLONE_NEWNS), 0);
        assert_int_equal(umount(FIRST), 0);
        assert_int_equal(known_mounts_expect(&k, &one, 1), 0);
        const struct known_mount *m = known_mounts_get(&k, inode, 0);
        assert_non_null(m);
        assert_int_equal(m->pid, pid);

        known_mounts_begin(&k);
        assert_int_equal(known_mounts_expect(&k, &one, 1), 0);
        assert_non_null(known_mounts_get(&k, inode, 0));
        assert_false(k.is_fresh);

        test_child_end(pid);
        assert_int_equal(known_mounts_expect(&k, &one, 1), 0);
        assert_null(known_mounts_get(&k, inode, 0));
        known_mounts_deinit(&k);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_kept_as_long_as_counts_are_the_same),
                cmocka_unit_test(test_old_ones_are_read_again),
                cmocka_unit_test(test_a_process_that_is_gone_shows_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
