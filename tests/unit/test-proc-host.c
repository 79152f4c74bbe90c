/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "proc/host.h"

#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "recorded-proc.h"

static uint32_t major_in(const char *line, const char *name)
{
        return proc_host_major(line, strlen(line), name);
}

static void test_devices(void **state)
{
        assert_int_equal(major_in("246 macvtap", "macvtap"), 246);
        assert_int_equal(major_in("  4 tty", "tty"), 4);
        assert_int_equal(major_in("  4 ttyS", "tty"), 0);
        assert_int_equal(major_in("Character devices:", "macvtap"), 0);
        assert_int_equal(major_in("246  macvtap", "macvtap"), 0);
        assert_int_equal(major_in("4294967296 macvtap", "macvtap"), 0);
        assert_int_equal(major_in("", "macvtap"), 0);
}

/* Replaces loadavg. */
static int last_pid_of(const char *text, pid_t *ret)
{
        recorded_remove("loadavg");
        recorded_write("loadavg", text, strlen(text));
        return proc_host_last_pid(recorded_root, ret);
}

static void test_last_pid(void **state)
{
        static const char *const bad[] = {"",    "4711\n", "0.10 0.12 0.09 2/345 ",
                                          "1 0", "1 -4",   "1 2147483648"};
        pid_t pid = 0;

        assert_int_equal(proc_host_last_pid(recorded_root, &pid), 0);
        assert_int_equal(pid, 4711);
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
                assert_int_equal(last_pid_of(bad[i], &pid), -EINVAL);
        _cleanup_close_ int subset = recorded_open("505");
        assert_int_equal(proc_host_last_pid(subset, &pid), -ENOENT);
}

static bool is_ours(const char *self)
{
        assert_int_equal(symlinkat(self, recorded_root, "self"), 0);
        bool yes = proc_host_is_ours(recorded_root);
        recorded_remove("self");
        return yes;
}

/* The recorded tree has no folder of ours: as if something were mounted over it. */
static void test_hides(void **state)
{
        char pid[16], stat[32];

        (void)snprintf(pid, sizeof(pid), "%d", (int)getpid());
        (void)snprintf(stat, sizeof(stat), "%s/stat", pid);
        assert_false(proc_host_hides(recorded_root, getpid()));
        assert_int_equal(symlinkat(pid, recorded_root, "self"), 0);
        assert_true(proc_host_hides(recorded_root, getpid()));
        /* Nobody has that number. */
        assert_false(proc_host_hides(recorded_root, INT_MAX));
        pid_t child = fork();
        if (child == 0)
                _exit(0);
        siginfo_t info;
        assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
        assert_false(proc_host_hides(recorded_root, child));
        assert_int_equal(waitpid(child, NULL, 0), child);
        assert_int_equal(mkdirat(recorded_root, pid, 0700), 0);
        assert_true(proc_host_hides(recorded_root, getpid()));
        recorded_write(stat, "", 0);
        assert_false(proc_host_hides(recorded_root, getpid()));
        recorded_remove(stat);
        assert_int_equal(unlinkat(recorded_root, pid, AT_REMOVEDIR), 0);
        recorded_remove("self");
}

static void test_is_ours(void **state)
{
        char pid[16];

        (void)snprintf(pid, sizeof(pid), "%d", (int)getpid());
        assert_true(is_ours(pid));
        (void)snprintf(pid, sizeof(pid), "%dx", (int)getpid());
        assert_false(is_ours(pid));
        assert_false(is_ours("1"));
        assert_false(is_ours("99999999999999999999999999"));
        assert_false(proc_host_is_ours(recorded_root));
        _cleanup_close_ int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(proc_host_is_ours(proc));
}

static void test_host(void **state)
{
        /* Neither 1 nor 2 is there. */
        assert_int_equal(proc_host_mount_namespace(recorded_root), 0);
        assert_true(proc_host_open(recorded_root) < 0);
        assert_int_equal(mkdirat(recorded_root, "2", 0755), 0);
        assert_int_equal(mkdirat(recorded_root, "2/ns", 0755), 0);
        assert_int_equal(symlinkat("mnt:[4026531841]", recorded_root, "2/ns/mnt"), 0);
        /* Number 2 is the kernel's own in the initial pid namespace alone. */
        assert_int_equal(mkdirat(recorded_root, "self", 0755), 0);
        assert_int_equal(mkdirat(recorded_root, "self/ns", 0755), 0);
        assert_int_equal(symlinkat("pid:[4026532000]", recorded_root, "self/ns/pid"), 0);
        assert_int_equal(proc_host_mount_namespace(recorded_root), 0);
        recorded_remove("self/ns/pid");
        assert_int_equal(symlinkat("pid:[4026531836]", recorded_root, "self/ns/pid"), 0);
        assert_int_equal(proc_host_mount_namespace(recorded_root), 4026531841);
        assert_int_equal(mkdirat(recorded_root, "1", 0755), 0);
        assert_int_equal(mkdirat(recorded_root, "1/ns", 0755), 0);
        assert_int_equal(symlinkat("mnt:[4026531999]", recorded_root, "1/ns/mnt"), 0);
        assert_int_equal(proc_host_mount_namespace(recorded_root), 4026531999);
        int fd = proc_host_open(recorded_root);
        assert_true(fd >= 0);
        assert_int_equal(faccessat(fd, "ns/mnt", F_OK, AT_SYMLINK_NOFOLLOW), 0);
        (void)close(fd);
        static const char *const made[] = {"1/ns/mnt", "1/ns",        "1",       "2/ns/mnt", "2/ns",
                                           "2",        "self/ns/pid", "self/ns", "self"};
        for (size_t i = 0; i < ARRAY_SIZE(made); i++)
                recorded_remove(made[i]);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_devices), cmocka_unit_test(test_last_pid),
                cmocka_unit_test(test_hides),   cmocka_unit_test(test_is_ours),
                cmocka_unit_test(test_host),
        };
        return cmocka_run_group_tests(tests, recorded_proc_make, recorded_proc_remove);
}
