/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/cgroup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test-netns.h"

#include "test-directory.h"

/* Makes directories below @root; the last component belongs to @uid, with @mode. */
static void make(int root, const char *path, uid_t uid, mode_t mode)
{
        assert_int_equal(mkdirat(root, path, mode), 0);
        assert_int_equal(fchmodat(root, path, mode, 0), 0);
        if (uid != 0)
                assert_int_equal(fchownat(root, path, uid, uid, 0), 0);
}

static void assert_proved(int root, const char *path, const char *proved)
{
        assert_int_equal(cgroup_proved_at(path, root), strlen(proved));
}

/* A directory's owner names its children, and all below those. */
static void test_proved(void **state)
{
        static const char *const all[] = {"user.slice/user@1000.service/a",
                                          "theirs/below",
                                          "open/below",
                                          "user.slice/user@1000.service",
                                          "user.slice",
                                          "theirs",
                                          "open",
                                          "ours/deep",
                                          "ours"};
        char directory[TEST_DIRECTORY_MAX];

        if (getuid() != 0)
                skip();
        test_directory_make(directory);
        _cleanup_close_ int root = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
        make(root, "ours", 0, 0755);
        make(root, "ours/deep", 0, 0755);
        make(root, "theirs", 65534, 0755);
        make(root, "theirs/below", 0, 0755);
        make(root, "open", 0, 0775);
        make(root, "open/below", 0, 0755);
        make(root, "user.slice", 0, 0755);
        make(root, "user.slice/user@1000.service", 0, 0755);
        make(root, "user.slice/user@1000.service/a", 0, 0755);
        assert_int_equal(symlinkat("ours", root, "link"), 0);

        assert_proved(root, "/ours/deep", "/ours/deep");
        assert_proved(root, "/ours/gone/deeper", "/ours/gone");
        assert_proved(root, "/theirs/below/more", "/theirs");
        assert_proved(root, "/open/below", "/open");
        assert_proved(root, "/user.slice/user@1000.service/a", "/user.slice/user@1000.service");
        assert_proved(root, "/link/deep", "/link");
        assert_proved(root, "/../ours", "");
        assert_proved(root, "", "");
        assert_int_equal(cgroup_proved_at("/ours", -1), 0);

        assert_int_equal(unlinkat(root, "link", 0), 0);
        for (size_t i = 0; i < ARRAY_SIZE(all); i++)
                assert_int_equal(unlinkat(root, all[i], AT_REMOVEDIR), 0);
        assert_int_equal(rmdir(directory), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_proved),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
