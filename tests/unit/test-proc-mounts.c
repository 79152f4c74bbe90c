/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Where in procfs a file is, from the mount it is on and its link. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "census/procfs/proc-mounts.h"
#include "util/macro.h"

static const char *const lines[] = {
        "22 1 0:21 / /proc rw,nosuid shared:5 - proc proc rw\n",
        "23 1 0:22 / / rw - ext4 /dev/vda1 rw\n",
        "51 23 0:21 /7/net/tcp /mnt/a\\040b rw - proc proc rw\n",
        "52 23 0:21 /cpuinfo /tmp/x/5/net/tcp rw - proc proc rw\n",
        "53 23 0:44 / /mnt rw - fuse.proc proc rw\n",
        "54 23 0:45 / /srv/5/net rw - proc none rw\n",
        "55 23 0:46 / - rw - fuse - proc rw\n",
        "x\n",
        "",
        "60 23 0:21 / /half",
};

static void test_paths(void **state)
{
        static const struct {
                uint64_t id;
                const char *link, *path;
        } cases[] = {
                {22, "/proc/7/net/tcp", "/7/net/tcp"}, {22, "/proc", ""},
                {22, "/process/7/net/tcp", NULL},      {22, "/", NULL},
                {51, "/mnt/a b", "/7/net/tcp"},        {51, "/mnt/a b/x", "/7/net/tcp/x"},
                {52, "/tmp/x/5/net/tcp", "/cpuinfo"},  {54, "/srv/5/net/1/cmdline", "/1/cmdline"},
        };
        struct proc_mounts m = {};
        bool other;

        for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
                assert_int_equal(proc_mounts_add(&m, lines[i]), 0);
        assert_int_equal(m.n, 4);
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                const struct proc_mount *mount = proc_mounts_find(&m, cases[i].id, &other);
                assert_non_null(mount);
                _cleanup_free_ char *path = proc_mounts_path(mount, cases[i].link);
                if (!cases[i].path)
                        assert_null(path);
                else
                        assert_string_equal(path, cases[i].path);
        }
        assert_null(proc_mounts_find(&m, 53, &other));
        assert_true(other);
        assert_null(proc_mounts_find(&m, 55, &other));
        assert_true(other);
        assert_null(proc_mounts_find(&m, 99, &other));
        assert_false(other);
        assert_true(proc_mounts_have(&m, 21));
        assert_true(proc_mounts_have(&m, 45));
        assert_false(proc_mounts_have(&m, 44));
        proc_mounts_deinit(&m);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_paths),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
