/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/unit-name.h"

#include <string.h>

#include "test-netns.h"

static void test_valid(void **state)
{
        static const char *const good[] = {"docker.service", "a@b.service", "dev-disk\\x2d1.mount",
                                           "session-3.scope", "-.mount"};
        static const char *const bad[] = {
                "",
                ".service",
                "docker",
                "a b.service",
                "a'b.service",
                "a;b.service",
                "$(reboot).service",
                "a\nb.service",
                "@a.service",
                "a.conf",
                "\303\266.service",
        };
        char longest[257];

        for (size_t i = 0; i < ARRAY_SIZE(good); i++)
                assert_true(unit_name_is_valid(good[i]));
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
                assert_false(unit_name_is_valid(bad[i]));
        assert_false(unit_name_is_valid(NULL));
        memset(longest, 'a', sizeof(longest));
        strcpy(longest + 248, ".service");
        assert_false(unit_name_is_valid(longest));
        strcpy(longest + 247, ".service");
        assert_true(unit_name_is_valid(longest));
}

static void test_vital(void **state)
{
        static const char *const vital[] = {
                "dbus.service",      "dbus-broker.service", "systemd-networkd.service",
                "user@1000.service", "init.scope",          "session-c2.scope",
                "system.slice"};
        static const char *const others[] = {"docker.service", "mydbus.service", "ssh.service",
                                             "docker-1234.scope"};

        for (size_t i = 0; i < ARRAY_SIZE(vital); i++)
                assert_true(unit_name_is_vital(vital[i]));
        for (size_t i = 0; i < ARRAY_SIZE(others); i++)
                assert_false(unit_name_is_vital(others[i]));
        assert_false(unit_name_is_vital(NULL));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_valid),
                cmocka_unit_test(test_vital),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
