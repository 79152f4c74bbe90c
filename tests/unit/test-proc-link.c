/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "proc/link.h"

#include <string.h>

#include "recorded-proc.h"

static int parse(const char *text, const char *type, uint64_t *ret)
{
        return proc_link_parse(text, strlen(text), type, ret);
}

static void test_texts(void **state)
{
        static const char *const bad[] = {
                "mnt:[4026531840]", "net:[]",   "net:[1",   "net:[1]x",
                "net:[1]]",         "net:[-1]", "net:[ 1]", "xnet:[1]",
                "net:[0x1]",        "",         "net",      "net:[99999999999999999999]"};
        uint64_t inode = 0;

        assert_int_equal(parse("net:[4026531840]", "net", &inode), 0);
        assert_int_equal(inode, 4026531840);
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
                assert_int_equal(parse(bad[i], "net", &inode), -EINVAL);
        assert_int_equal(inode, 4026531840);
}

static void assert_link(const char *path, const char *type, uint64_t expected)
{
        uint64_t inode;

        assert_int_equal(proc_link_inode(recorded_root, path, type, &inode), 0);
        assert_int_equal(inode, expected);
}

static void test_recorded(void **state)
{
        static const char *const none[] = {"101/fd/0", "101/fd/4", "101/fd/5",
                                           "101/fd/6", "101/fd/7", "101/stat"};
        uint64_t inode;

        assert_link("101/fd/3", "socket", 8775);
        assert_link("101/fd/4", "net", 4026532177);
        assert_link("101/ns/net", "net", 4026531840);
        assert_link("101/ns/mnt", "mnt", 4026531841);
        for (size_t i = 0; i < ARRAY_SIZE(none); i++)
                assert_int_equal(proc_link_inode(recorded_root, none[i], "socket", &inode),
                                 -EINVAL);
        assert_int_equal(proc_link_inode(recorded_root, "101/fd/8", "socket", &inode), -ENOENT);
        assert_int_equal(proc_link_inode(recorded_root, "505/ns/net", "net", &inode), -ENOENT);
}

static void test_ours(void **state)
{
        _cleanup_close_ int here = test_netns_here();
        uint64_t inode;

        assert_int_equal(proc_link_inode(AT_FDCWD, "/proc/thread-self/ns/net", "net", &inode), 0);
        assert_int_equal(inode, test_inode(here));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_texts),
                cmocka_unit_test(test_recorded),
                cmocka_unit_test(test_ours),
        };
        return cmocka_run_group_tests(tests, recorded_proc_make, recorded_proc_remove);
}
