/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "proc/mountinfo.h"

#include <stdio.h>
#include <string.h>

#include "proc/link.h"
#include "test-netns.h"

#define TEXT(s) (s), strlen(s)

static void test_mountinfo(void **state)
{
        struct mountinfo m;
        uint64_t inode;
        char target[64];

        assert_int_equal(
                proc_mountinfo_parse(TEXT("94 26 0:4 net:[4026532177] /run/netns/a\\040b rw "
                                          "shared:5 master:1 - nsfs nsfs rw"),
                                     &m),
                0);
        assert_int_equal(m.id, 94);
        assert_int_equal(m.device, 4);
        assert_int_equal(m.group, 5);
        assert_int_equal(m.master, 1);
        assert_true(proc_mountinfo_is(&m, "nsfs"));
        assert_false(proc_mountinfo_is(&m, "nsf"));
        assert_int_equal(proc_link_parse(m.root, m.root_length, "net", &inode), 0);
        assert_int_equal(inode, 4026532177);
        memcpy(target, m.target, m.target_length);
        size_t n = proc_mountinfo_unescape(target, m.target_length);
        assert_int_equal(n, strlen("/run/netns/a b"));
        assert_memory_equal(target, "/run/netns/a b", n);

        assert_int_equal(proc_mountinfo_parse(TEXT("20 1 254:3 / /proc rw - proc proc rw"), &m), 0);
        assert_int_equal(m.device, UINT64_C(254) << 32 | 3);
        assert_int_equal(m.id, 20);
        assert_int_equal(m.parent, 1);
        assert_int_equal(m.group, 0);
        assert_int_equal(m.master, 0);
        /* A mount point may be named like anything, also like the separator. */
        assert_int_equal(proc_mountinfo_parse(TEXT("1 1 0:4 net:[7] - rw - nsfs nsfs rw"), &m), 0);
        assert_int_equal(m.target_length, 1);
        /* And a source may be empty, but whoever mounts cannot write one with a blank. */
        assert_int_equal(proc_mountinfo_parse(TEXT("1 1 0:9 / /x rw - rpc_pipefs  rw"), &m), 0);
        assert_true(proc_mountinfo_is(&m, "rpc_pipefs"));
        assert_int_equal(proc_mountinfo_parse(TEXT("1 1 0:4 net:[7] /x rw nsfs"), &m), -EINVAL);
        assert_int_equal(proc_mountinfo_parse(TEXT("1 1 4 net:[7] /x rw - nsfs nsfs rw"), &m),
                         -EINVAL);
        assert_int_equal(proc_mountinfo_parse(TEXT("1 1 0:4 net:[7] /x rw - nsfs"), &m), -EINVAL);
        assert_int_equal(proc_mountinfo_parse(TEXT(""), &m), -EINVAL);
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
                assert_int_equal(proc_mountinfo_hides(TEXT(line), &hides), 1);
                assert_int_equal(hides, cases[i].hides);
                (void)snprintf(line, sizeof(line), "20 1 0:5 / /mnt/proc rw - proc proc %s",
                               cases[i].options);
                assert_int_equal(proc_mountinfo_hides(TEXT(line), &hides), 0);
        }
}

static void test_unescape(void **state)
{
        char text[] = "\\134a\\0\\400\\777\\12";

        size_t n = proc_mountinfo_unescape(text, strlen(text));
        assert_int_equal(n, strlen("\\a\\0\\400\\777\\12"));
        assert_memory_equal(text, "\\a\\0\\400\\777\\12", n);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_mountinfo),
                cmocka_unit_test(test_proc_mount),
                cmocka_unit_test(test_unescape),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
