/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A recorded /proc: a small tree in a directory of its own, which src/proc reads as it reads /proc.
 * Files are as Linux 6.18 prints them, by processes that mean no good, or as they never should be:
 * cut off, empty, too long, not there. Links of the kernel's own are symbolic links here. */

#include <stdlib.h>
#include <string.h>

#include "test-netns.h"

#include "test-directory.h"

/* Fields 4 and on. */
#define RECORDED_STAT(parent, start)                                                               \
        " " parent " 101 101 0 -1 4194560 11 12 13 14 15 16 17 18 20 0 1 0 " start                 \
        " 8192 9 18446744073709551615 10 11 12 13 14 15\n"

/* The name that process 202 has given itself. */
#define RECORDED_EVIL_NAME ") S 1 (\n"

static const struct recorded_file {
        const char *path;
        const char *text; /* NULL: a directory */
        const char *link;
} recorded_files[] = {
        {"loadavg", "0.10 0.12 0.09 2/345 4711\n"},
        {"devices", "Character devices:\n  1 mem\n246 macvtap\n\nBlock devices:\n  8 sd\n"},
        {"sys", NULL},
        {"12x", NULL},
        {"-1", NULL},
        {"4294967397", NULL}, /* 101, if it were cut to an int */
        {"18446744073709551717", NULL},

        /* As it should be. */
        {"101", NULL},
        {"101/stat", "101 (sleep) S" RECORDED_STAT("1", "777")},
        {"101/comm", "sleep\n"},
        {"101/status",
         "Name:\tsleep\nUmask:\t0022\nState:\tS (sleeping)\nTgid:\t101\nUid:\t1000\t0\t0\t0\n"
         "Gid:\t1000\t0\t0\t0\nFDSize:\t64\nGroups:\t4 27 \nNSpid:\t101\t17\t1\n"
         "VmPeak:\t    2584 kB\nVmSize:\t    2584 kB\nThreads:\t2\n"},
        {"101/cgroup", "0::/system.slice/sleep.service\n"},
        {"101/ns", NULL},
        {"101/ns/net", NULL, "net:[4026531840]"},
        {"101/ns/mnt", NULL, "mnt:[4026531841]"},
        {"101/fd", NULL},
        {"101/fd/0", NULL, "/dev/null"},
        {"101/fd/3", NULL, "socket:[8775]"},
        {"101/fd/4", NULL, "net:[4026532177]"},
        {"101/fd/5", NULL, "/tmp/socket:[8775]"},
        {"101/fd/6", NULL, "socket:[8775] (deleted)"},
        {"101/fd/7", NULL, "socket:[99999999999999999999]"},
        {"101/fdinfo", NULL},
        {"101/fdinfo/0", "pos:\t0\nflags:\t02100002\nmnt_id:\t25\nino:\t4\n"},
        {"101/fdinfo/3", "pos:\t0\nflags:\t02\nmnt_id:\t9\nino:\t8775\nscm_fds: 3\n"},
        {"101/fdinfo/4", "pos:\t0\nflags:\t012000000\nmnt_id:\t4\nino:\t4026532177\n"},
        {"101/fdinfo/5", "pos:\t0\n"},
        {"101/fdinfo/6", ""},
        {"101/fdinfo/7", "pos:\t0\nflags:\n"},
        {"101/task", NULL},
        {"101/task/101", NULL},
        {"101/task/101/stat", "101 (sleep) S" RECORDED_STAT("1", "777")},
        {"101/task/102", NULL},
        {"101/task/102/stat", "102 (worker) R" RECORDED_STAT("1", "780")},
        {"101/task/102/status",
         "Name:\tworker\nState:\tD (disk sleep)\nFDSize:\t0\nGroups:\t \nThreads:\t2\n"},

        /* By somebody who likes to be taken for another one. The kernel escapes a newline in status
         * and nowhere else. */
        {"202", NULL},
        {"202/stat", "202 (" RECORDED_EVIL_NAME ") R" RECORDED_STAT("101", "888")},
        {"202/comm", RECORDED_EVIL_NAME "\n"},
        {"202/status",
         "Name:\t\\nUid:\t0\nState:\tR (running)\nUid:\t1002\t1002\t1002\t1002\nFDSize:\t64\n"},
        {"202/cgroup", "12:cpu:/docker/x\n1:name=systemd:/user.slice/a b:c\n0::/u\n"},

        /* Ended, and not waited for. */
        {"303", NULL},
        {"303/stat", "303 (zombie) Z" RECORDED_STAT("202", "999")},
        {"303/comm", "zombie\n"},
        {"303/status", "Name:\tzombie\nState:\tZ (zombie)\nUid:\t0\t0\t0\t0\nFDSize:\t0\n"},

        /* Cut off. */
        {"404", NULL},
        {"404/stat", "404 (cut) S 1 404"},
        {"404/comm", "cut"},
        {"404/status", "Name:\tcut\nUid:"},
        {"404/cgroup", "0:"},

        /* Nothing in it, as while it goes away. */
        {"505", NULL},

        /* Files that are none, or empty. */
        {"606", NULL},
        {"606/stat", NULL},
        {"606/comm", ""},
        {"606/status", ""},
        {"606/cgroup", ""},
};

static char recorded_directory[TEST_DIRECTORY_MAX];
static int recorded_root = -EBADF;

static inline void recorded_write(const char *path, const char *text, size_t n)
{
        _cleanup_close_ int fd =
                openat(recorded_root, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
        assert_true(fd >= 0);
        assert_int_equal(write(fd, text, n), n);
}

static inline void recorded_remove(const char *path)
{
        if (unlinkat(recorded_root, path, 0) < 0)
                assert_int_equal(unlinkat(recorded_root, path, AT_REMOVEDIR), 0);
}

/* For cmocka_run_group_tests(). */
static inline int recorded_proc_make(void **state)
{
        test_directory_make(recorded_directory);
        recorded_root = open(recorded_directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(recorded_root >= 0);
        for (size_t i = 0; i < ARRAY_SIZE(recorded_files); i++) {
                const struct recorded_file *f = &recorded_files[i];
                if (f->link)
                        assert_int_equal(symlinkat(f->link, recorded_root, f->path), 0);
                else if (f->text)
                        recorded_write(f->path, f->text, strlen(f->text));
                else
                        assert_int_equal(mkdirat(recorded_root, f->path, 0755), 0);
        }
        return 0;
}

static inline int recorded_proc_remove(void **state)
{
        for (size_t i = ARRAY_SIZE(recorded_files); i-- > 0;)
                recorded_remove(recorded_files[i].path);
        recorded_root = fd_close(recorded_root);
        return rmdir(recorded_directory);
}

/* The directory of a process in it, or one below: "101/task/102". */
static inline int recorded_open(const char *path)
{
        int fd = openat(recorded_root, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        assert_true(fd >= 0);
        return fd;
}
