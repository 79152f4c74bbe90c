/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "trace/cgroup-unit.h"

#include <string.h>

#include "test-netns.h"

static void test_paths(void **state)
{
        static const struct {
                const char *path, *unit;
        } cases[] = {
                {"/system.slice/docker.service", "docker.service"},
                {"/system.slice/docker.service/sub", "docker.service"},
                {"/system.slice/docker-0123.scope/init.scope", "docker-0123.scope"},
                {"/user.slice/user-1000.slice/session-3.scope", "session-3.scope"},
                {"/user.slice/user-1000.slice/user@1000.service/app.slice/a.service",
                 "user@1000.service"},
                {"/init.scope", "init.scope"},
                {"/_cpu.service", "cpu.service"},
                {"//a.slice///b.service/", "b.service"},
                {"/", NULL},
                {"", NULL},
                {"/system.slice", NULL},
                {"/docker/0123", NULL},
                {"/../system.slice/a.service", NULL},
                {"/system.slice/$(reboot).service", NULL},
                {"/system.slice/a\nb.service/c.service", NULL},
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_free_ char *unit = NULL;
                assert_int_equal(cgroup_unit_of_path(cases[i].path, &unit), 0);
                if (cases[i].unit)
                        assert_string_equal(unit, cases[i].unit);
                else
                        assert_null(unit);
        }
}

static void test_a_long_name(void **state)
{
        char path[1024], *unit = NULL;

        memset(path, 'a', sizeof(path));
        path[0] = '/';
        strcpy(path + 600, ".service");
        assert_int_equal(cgroup_unit_of_path(path, &unit), 0);
        assert_null(unit);
}

static void test_no_such_group(void **state)
{
        char *unit = NULL;

        assert_int_equal(cgroup_unit_of_id(0, &unit), 0);
        assert_null(unit);
        assert_int_equal(cgroup_unit_of_id(UINT64_C(0x7fffffff12345678), &unit), 0);
        assert_null(unit);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_paths),
                cmocka_unit_test(test_a_long_name),
                cmocka_unit_test(test_no_such_group),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
