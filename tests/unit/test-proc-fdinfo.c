/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "proc/fdinfo.h"

#include <stdio.h>
#include <string.h>

#include "proc/rest.h"
#include "recorded-proc.h"

#define TEXT(s) (s), strlen(s)

static void test_scm_fds(void **state)
{
        assert_int_equal(proc_fdinfo_scm_fds(TEXT("pos:\t0\nflags:\t02\nscm_fds: 3\n")), 3);
        assert_int_equal(proc_fdinfo_scm_fds(TEXT("pos:\t0\nflags:\t02\n")), 0);
        assert_int_equal(proc_fdinfo_scm_fds(TEXT("scm_fds:")), 0);
        assert_int_equal(proc_fdinfo_scm_fds(TEXT("xscm_fds: 3\n")), 0);
        assert_int_equal(proc_fdinfo_scm_fds(TEXT("scm_fds: 99999999999999999999\n")), 0);
}

static void test_flags(void **state)
{
        uint64_t flags = 0;

        assert_int_equal(
                proc_fdinfo_flags(TEXT("pos:\t0\nflags:\t012000000\nmnt_id:\t17\n"), &flags), 0);
        assert_true(flags & O_PATH);
        assert_int_equal(proc_fdinfo_flags(TEXT("pos:\t0\nflags:\t02000002\n"), &flags), 0);
        assert_int_equal(flags, O_CLOEXEC | O_RDWR);
        assert_int_equal(proc_fdinfo_flags(TEXT("pos:\t0\n"), &flags), -EINVAL);
        assert_int_equal(proc_fdinfo_flags(TEXT("flags:\t9\n"), &flags), -EINVAL);
}

static void test_mount_id(void **state)
{
        uint64_t id = 0;

        assert_int_equal(proc_fdinfo_mount_id(TEXT("pos:\t0\nflags:\t02\nmnt_id:\t17\n"), &id), 0);
        assert_int_equal(id, 17);
        assert_int_equal(proc_fdinfo_mount_id(TEXT("pos:\t0\nmnt_id:\t-1\n"), &id), -EINVAL);
        assert_int_equal(proc_fdinfo_mount_id(TEXT(""), &id), -EINVAL);
}

static void test_epoll(void **state)
{
        struct fdinfo_epoll item;

        assert_true(proc_fdinfo_epoll(TEXT("tfd:       17 events:       19 data:               11  "
                                           "pos:0 ino:2a sdev:8"),
                                      &item));
        assert_int_equal(item.fd, 17);
        assert_int_equal(item.inode, 42);
        /* Before 4.13. */
        assert_true(proc_fdinfo_epoll(TEXT("tfd:        5 events:       19 data: 5"), &item));
        assert_int_equal(item.fd, 5);
        assert_int_equal(item.inode, 0);
        assert_false(proc_fdinfo_epoll(TEXT("pos:\t0"), &item));
        assert_false(proc_fdinfo_epoll(TEXT("tfd: x"), &item));
        assert_false(proc_fdinfo_epoll(TEXT("tfd:"), &item));
}

static int read_flags(const char *fd, uint64_t *ret)
{
        _cleanup_close_ int dir = recorded_open("101/fdinfo");
        return proc_fdinfo_read_flags(dir, fd, ret);
}

static void test_recorded(void **state)
{
        static const char *const none[] = {"5", "6", "7"};
        uint64_t flags = 0;

        assert_int_equal(read_flags("0", &flags), 1);
        assert_int_equal(flags, 02100002);
        assert_int_equal(read_flags("4", &flags), 1);
        assert_true(flags & O_PATH);
        for (size_t i = 0; i < ARRAY_SIZE(none); i++)
                assert_int_equal(read_flags(none[i], &flags), 0);
        assert_int_equal(read_flags("8", &flags), -ENOENT);
}

static void test_bpf_link(void **state)
{
        uint64_t id;

        assert_true(proc_fdinfo_bpf_link(TEXT("flags:\t02\nlink_type:\tnetfilter\nlink_id:\t7\n"),
                                         "netfilter", &id));
        assert_int_equal(id, 7);
        assert_false(
                proc_fdinfo_bpf_link(TEXT("link_type:\titer\nlink_id:\t7\n"), "netfilter", &id));
        assert_false(proc_fdinfo_bpf_link(TEXT("link_type:\tnetfilters\n"), "netfilter", &id));
        assert_int_equal(id, 0);
}

/* All lines of a ring; the names it lists, each followed by a comma. */
static void parse_ring(const char *text, struct fdinfo_ring *ret, char names[static 256])
{
        struct rest lines = REST_OF(text, strlen(text)), line;
        const char *name;
        size_t length;

        *ret = (struct fdinfo_ring){};
        names[0] = '\0';
        while (rest_take_line(&lines, &line))
                if (proc_fdinfo_ring_line(ret, line.p, rest_length(&line), &name, &length)) {
                        (void)strncat(names, name, length);
                        (void)strcat(names, ",");
                }
}

static void test_ring(void **state)
{
        struct fdinfo_ring r;
        char names[256];

        /* 6.18. */
        parse_ring("pos:\t0\nSqMask:\t0x3\nSQEs:\t1\n    0: opcode:NOP, fd:0\nCQEs:\t0\n"
                   "UserFiles:\t40000\n    0: socket:[8775]\n    2: net:[4026531840]\n"
                   "39999: /dev/net/tun\nUserBufs:\t1\n    0: 0x7f00/4096\n"
                   "PollList:\n  op=6, task_works=0\n  op=22, task_works=0\n"
                   "CqOverflowList:\n  user_data=1, res=2, flags=0\nNAPI:\tdisabled\n",
                   &r, names);
        assert_true(r.has_files);
        assert_int_equal(r.n_slots, 40000);
        assert_int_equal(r.n_listed, 3);
        assert_int_equal(r.n_requests, 2);
        assert_string_equal(names, "socket:[8775],net:[4026531840],/dev/net/tun,");
        /* The same while it is locked. */
        parse_ring("pos:\t0\nflags:\t02\n", &r, names);
        assert_false(r.has_files);
        /* 6.1, and while it is locked. */
        parse_ring("UserFiles:\t2\n    0: UDP\n    1: <none>\nUserBufs:\t0\nPollList:\n", &r,
                   names);
        assert_int_equal(r.n_slots, 2);
        assert_int_equal(r.n_listed, 2);
        assert_int_equal(r.n_requests, 0);
        assert_string_equal(names, "UDP,");
        parse_ring("UserFiles:\t2\nUserBufs:\t0\n", &r, names);
        assert_true(r.has_files);
        assert_int_equal(r.n_listed, 0);
        /* A name may hold anything, there. */
        parse_ring("UserFiles:\t2\n    0: x\nUserBufs:\t0\n    1: UDP\nUserBufs:\t0\n", &r, names);
        assert_true(r.n_listed < r.n_slots);
        assert_string_equal(names, "x,");
        parse_ring("UserFiles:\t99999999999999999999\n\n:\n 5\n", &r, names);
        assert_int_equal(r.n_slots, 0);
        assert_string_equal(names, "");
}

static void test_watches(void **state)
{
        struct fdinfo_watch w;

        assert_true(proc_fdinfo_watch(
                TEXT("inotify wd:1 ino:effffff9 sdev:4 mask:20 ignored_mask:0 fhandle-bytes:10 "
                     "fhandle-type:f1 f_handle:030000000000000000000040f9ffffef"),
                &w));
        assert_int_equal(w.device, 4);
        assert_int_equal(w.inode, 0xeffffff9);
        assert_int_equal(w.ns_cookie, 3);
        assert_int_equal(w.ns_type, CLONE_NEWNET);
        assert_false(w.evictable);

        assert_true(proc_fdinfo_watch(
                TEXT("inotify wd:3 ino:3c51a sdev:fe00003 mask:20 ignored_mask:0 fhandle-bytes:8 "
                     "fhandle-type:1 f_handle:1ac5030000000000"),
                &w));
        assert_int_equal(w.device, UINT64_C(0xfe) << 32 | 3);
        assert_int_equal(w.ns_type, 0);

        assert_true(proc_fdinfo_watch(
                TEXT("fanotify ino:9 sdev:4 mflags:200 mask:20 ignored_mask:0 "), &w));
        assert_true(w.evictable);
        assert_true(proc_fdinfo_watch(TEXT("fanotify ino:9 sdev:4 mflags:0 mask:20"), &w));
        assert_false(w.evictable);
        /* The line before the marks, marks on mounts and file systems, and what is no mark. */
        assert_false(proc_fdinfo_watch(TEXT("fanotify flags:0 event-flags:8000"), &w));
        assert_false(proc_fdinfo_watch(TEXT("fanotify mnt_id:17 mflags:0 mask:20"), &w));
        assert_false(proc_fdinfo_watch(TEXT("fanotify sdev:4 mflags:0 mask:20"), &w));
        assert_false(proc_fdinfo_watch(TEXT("ino:9 sdev:4"), &w));
        /* A handle that is cut is none. */
        assert_true(proc_fdinfo_watch(
                TEXT("inotify ino:9 sdev:4 fhandle-bytes:10 fhandle-type:f1 f_handle:0300"), &w));
        assert_int_equal(w.ns_type, 0);
        assert_int_equal(w.ns_cookie, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_scm_fds),  cmocka_unit_test(test_flags),
                cmocka_unit_test(test_mount_id), cmocka_unit_test(test_epoll),
                cmocka_unit_test(test_recorded), cmocka_unit_test(test_bpf_link),
                cmocka_unit_test(test_ring),     cmocka_unit_test(test_watches),
        };
        return cmocka_run_group_tests(tests, recorded_proc_make, recorded_proc_remove);
}
