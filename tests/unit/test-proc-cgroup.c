/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "proc/cgroup.h"

#include <string.h>

#include "recorded-proc.h"

static void assert_cgroup(const char *text, const char *path, const char *controllers)
{
        _cleanup_free_ char *copy = strdup(text);
        const struct proc_cgroup c = proc_cgroup_parse(copy);

        if (!path) {
                assert_null(c.path);
                return;
        }
        assert_string_equal(c.path, path);
        assert_string_equal(c.controllers, controllers);
}

static void test_files(void **state)
{
        assert_cgroup("0::/system.slice/ssh.service\n", "/system.slice/ssh.service", "");
        assert_cgroup("0::/\n", NULL, NULL);
        assert_cgroup("12:cpu,cpuacct:/docker/x\n1:name=systemd:/a.slice/b.service\n0::/c\n",
                      "/a.slice/b.service", "name=systemd");
        assert_cgroup("12:cpu:/docker/x\n0::/\n", "/docker/x", "cpu");
        assert_cgroup("12:cpu:/docker/x\n0::/unified\n", "/unified", "");
        assert_cgroup("0::/with:colon\n", "/with:colon", "");
        assert_cgroup("", NULL, NULL);
        assert_cgroup("\n\nnonsense\n1:2", NULL, NULL);
}

static void assert_recorded(const char *process, const char *path)
{
        _cleanup_close_ int dir = recorded_open(process);
        _cleanup_free_ char *text = NULL;
        struct proc_cgroup c;

        assert_int_equal(proc_cgroup_read(dir, &text, &c), 0);
        if (path)
                assert_string_equal(c.path, path);
        else
                assert_null(c.path);
}

static void test_recorded(void **state)
{
        _cleanup_close_ int none = recorded_open("505");
        struct proc_cgroup c;
        char *text = NULL;

        assert_recorded("101", "/system.slice/sleep.service");
        assert_recorded("202", "/user.slice/a b:c");
        assert_recorded("404", NULL);
        assert_recorded("606", NULL);
        assert_int_equal(proc_cgroup_read(none, &text, &c), -ENOENT);
        assert_null(text);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_files),
                cmocka_unit_test(test_recorded),
        };
        return cmocka_run_group_tests(tests, recorded_proc_make, recorded_proc_remove);
}
