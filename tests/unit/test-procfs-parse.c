/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The parsers of procfs text, on lines as the kernel prints them. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "census/procfs/parse.h"
#include "util/macro.h"

#define TEXT(s) (s), strlen(s)

static void test_link(void **state)
{
        uint64_t inode = 0;

        assert_int_equal(parse_typed_link(TEXT("net:[4026531840]"), "net", &inode), 0);
        assert_int_equal(inode, 4026531840);
        assert_int_equal(parse_typed_link(TEXT("mnt:[4026531840]"), "net", &inode), -EINVAL);
        assert_int_equal(parse_typed_link(TEXT("net:[]"), "net", &inode), -EINVAL);
        assert_int_equal(parse_typed_link(TEXT("net:[1"), "net", &inode), -EINVAL);
        assert_int_equal(parse_typed_link(TEXT("net:[1]x"), "net", &inode), -EINVAL);
        assert_int_equal(parse_typed_link(TEXT("net:[99999999999999999999]"), "net", &inode),
                         -EINVAL);
        assert_int_equal(parse_typed_link(TEXT(""), "net", &inode), -EINVAL);
}

#define STAT_TAIL                                                                                  \
        " S 1 2 3 0 -1 4194560 11 12 13 14 15 16 17 18 20 0 1 0 777 8 9 10 11 12 13 14 15\n"

static void test_start_ticks(void **state)
{
        /* A name may hold anything, also what looks like the end of it. */
        static const char *const names[] = {"sleep", "a b", "x) S 1 (y", "))))", "\n"};
        uint64_t ticks;

        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                char line[256];
                (void)snprintf(line, sizeof(line), "42 (%s)" STAT_TAIL, names[i]);
                ticks = 0;
                assert_int_equal(parse_stat_start_ticks(TEXT(line), &ticks), 0);
                assert_int_equal(ticks, 777);
        }
        assert_int_equal(parse_stat_start_ticks(TEXT("42 (sleep) S 1 2 3"), &ticks), -EINVAL);
        assert_int_equal(parse_stat_start_ticks(TEXT("42 (sleep)"), &ticks), -EINVAL);
        assert_int_equal(parse_stat_start_ticks(TEXT("no name"), &ticks), -EINVAL);
        assert_int_equal(parse_stat_start_ticks("", 0, &ticks), -EINVAL);
}

static void test_mountinfo(void **state)
{
        struct mountinfo m;
        uint64_t inode;
        char target[64];

        assert_int_equal(parse_mountinfo(TEXT("94 26 0:4 net:[4026532177] /run/netns/a\\040b rw "
                                              "shared:5 master:1 - nsfs nsfs rw"),
                                         &m),
                         0);
        assert_int_equal(m.id, 94);
        assert_int_equal(m.device, 4);
        assert_int_equal(m.group, 5);
        assert_int_equal(m.master, 1);
        assert_true(parse_mountinfo_is(&m, "nsfs"));
        assert_false(parse_mountinfo_is(&m, "nsf"));
        assert_int_equal(parse_typed_link(m.root, m.root_length, "net", &inode), 0);
        assert_int_equal(inode, 4026532177);
        memcpy(target, m.target, m.target_length);
        size_t n = parse_unescape_octal(target, m.target_length);
        assert_int_equal(n, strlen("/run/netns/a b"));
        assert_memory_equal(target, "/run/netns/a b", n);

        assert_int_equal(parse_mountinfo(TEXT("20 1 254:3 / /proc rw - proc proc rw"), &m), 0);
        assert_int_equal(m.device, UINT64_C(254) << 32 | 3);
        assert_int_equal(m.group, 0);
        assert_int_equal(m.master, 0);
        /* A mount point may be named like anything, also like the separator. */
        assert_int_equal(parse_mountinfo(TEXT("1 1 0:4 net:[7] - rw - nsfs nsfs rw"), &m), 0);
        assert_int_equal(m.target_length, 1);
        /* And a source may be empty, but whoever mounts cannot write one with a blank. */
        assert_int_equal(parse_mountinfo(TEXT("1 1 0:9 / /x rw - rpc_pipefs  rw"), &m), 0);
        assert_true(parse_mountinfo_is(&m, "rpc_pipefs"));
        assert_int_equal(parse_mountinfo(TEXT("1 1 0:4 net:[7] /x rw nsfs"), &m), -EINVAL);
        assert_int_equal(parse_mountinfo(TEXT("1 1 4 net:[7] /x rw - nsfs nsfs rw"), &m), -EINVAL);
        assert_int_equal(parse_mountinfo(TEXT("1 1 0:4 net:[7] /x rw - nsfs"), &m), -EINVAL);
        assert_int_equal(parse_mountinfo(TEXT(""), &m), -EINVAL);
}

static void test_proc_mount(void **state)
{
        static const struct {
                const char *options;
                bool hides;
        } cases[] = {
                {"rw", false},
                {"rw,hidepid=invisible", true},
                {"rw,gid=4,hidepid=2,x", true},
                {"hidepid=ptraceable", true},
                {"rw,hidepid=noaccess", false},
                {"rw,hidepid=1", false},
                {"rw,subset=pid", true},
                {"rw,nohidepid=invisible", false},
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                char line[128];
                bool hides = !cases[i].hides;
                (void)snprintf(line, sizeof(line), "20 1 0:5 / /proc rw - proc proc %s",
                               cases[i].options);
                assert_int_equal(parse_mountinfo_proc(TEXT(line), &hides), 1);
                assert_int_equal(hides, cases[i].hides);
                (void)snprintf(line, sizeof(line), "20 1 0:5 / /mnt/proc rw - proc proc %s",
                               cases[i].options);
                assert_int_equal(parse_mountinfo_proc(TEXT(line), &hides), 0);
        }
}

static void test_unescape(void **state)
{
        char text[] = "\\134a\\0\\400\\777\\12";

        size_t n = parse_unescape_octal(text, strlen(text));
        assert_int_equal(n, strlen("\\a\\0\\400\\777\\12"));
        assert_memory_equal(text, "\\a\\0\\400\\777\\12", n);
}

static void test_maps(void **state)
{
        struct maps_line m;

        assert_true(parse_maps(TEXT("7f1-7f2 rw-s 00000000 00:08 8775                  "
                                    "       socket:[8775]"),
                               &m));
        assert_int_equal(m.device, 8);
        assert_int_equal(m.inode, 8775);
        assert_true(m.writable);
        assert_int_equal(m.name_length, strlen("socket:[8775]"));
        assert_memory_equal(m.name, "socket:[8775]", m.name_length);
        assert_true(parse_maps(TEXT("7f1-7f2 r--p 00000000 fe:1f 12 /lib/x y.so"), &m));
        assert_int_equal(m.device, UINT64_C(0xfe) << 32 | 0x1f);
        assert_false(m.writable);
        assert_memory_equal(m.name, "/lib/x y.so", m.name_length);
        assert_true(parse_maps(TEXT("7f1-7f2 r--p 00000000 00:10 3"), &m));
        assert_int_equal(m.name_length, 0);
        assert_false(parse_maps(TEXT("7f1-7f2 r--p 00000000 00:00 0 "), &m));
        assert_false(parse_maps(TEXT("7f1-7f2 r--p 00000000 0000 1 "), &m));
        assert_false(parse_maps(TEXT("7f1-7f2 r"), &m));
        assert_false(parse_maps(TEXT(""), &m));
}

static void test_devices(void **state)
{
        assert_int_equal(parse_devices_major(TEXT("246 macvtap"), "macvtap"), 246);
        assert_int_equal(parse_devices_major(TEXT("  4 tty"), "tty"), 4);
        assert_int_equal(parse_devices_major(TEXT("  4 ttyS"), "tty"), 0);
        assert_int_equal(parse_devices_major(TEXT("Character devices:"), "macvtap"), 0);
        assert_int_equal(parse_devices_major(TEXT("246  macvtap"), "macvtap"), 0);
        assert_int_equal(parse_devices_major(TEXT(""), "macvtap"), 0);
}

static void test_exiting(void **state)
{
        assert_true(parse_status_is_exiting(
                TEXT("Name:\tx\nState:\tD (disk sleep)\nFDSize:\t0\nGroups:\t0\n")));
        /* A worker of vhost. */
        assert_false(parse_status_is_exiting(
                TEXT("State:\tS (sleeping)\nFDSize:\t0\nVmPeak:\t9 kB\nVmSize:\t9 kB\n")));
        assert_false(parse_status_is_exiting(TEXT("State:\tZ (zombie)\nFDSize:\t0\n")));
        assert_false(parse_status_is_exiting(TEXT("State:\tX (dead)\nFDSize:\t0\n")));
        assert_false(parse_status_is_exiting(TEXT("State:\tS (sleeping)\nFDSize:\t64\n")));
        assert_false(parse_status_is_exiting(TEXT("State:\tS (sleeping)\n")));
        assert_false(parse_status_is_exiting(TEXT("")));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_link),      cmocka_unit_test(test_start_ticks),
                cmocka_unit_test(test_mountinfo), cmocka_unit_test(test_proc_mount),
                cmocka_unit_test(test_unescape),  cmocka_unit_test(test_devices),
                cmocka_unit_test(test_maps),      cmocka_unit_test(test_exiting),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
