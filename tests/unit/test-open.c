/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guarded opener: it opens the wanted namespace, and nothing else, whatever stands there. */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <unistd.h>

#include "netns/handle.h"
#include "netns/mount-guard.h"
#include "netns/nsfd.h"
#include "netns/open.h"
#include "test-netns.h"

#include "test-directory.h"

static char tree[TEST_DIRECTORY_MAX];
static int self = -1;

static int set_up(void **state)
{
        if (unshare(CLONE_NEWNS) < 0)
                return 0;
        assert_int_equal(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
        test_directory_make(tree);
        assert_int_equal(mount("none", tree, "tmpfs", 0, NULL), 0);
        self = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
        assert_true(self >= 0);
        return 0;
}

static int tear_down(void **state)
{
        if (self < 0)
                return 0;
        (void)close(self);
        return umount2(tree, MNT_DETACH) < 0 || rmdir(tree) < 0;
}

static const char *in_tree(const char *name)
{
        static char path[PATH_MAX];

        (void)snprintf(path, sizeof(path), "%s/%s", tree, name);
        return path;
}

static struct netns_wanted here(void)
{
        struct nsfd_facts facts;
        _cleanup_close_ int fd = test_netns_here();

        assert_int_equal(nsfd_ask(fd, &facts), 0);
        return (struct netns_wanted){.inode = facts.inode, .cookie = facts.facts.cookie};
}

static void assert_opens(int fd, const struct netns_wanted *wanted)
{
        assert_true(fd >= 0);
        assert_int_equal(test_inode(fd), wanted->inode);
        assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
        assert_int_equal(fcntl(fd, F_GETFL) & O_PATH, 0);
        (void)close(fd);
}

static void bind_file(const char *source, const char *name)
{
        int fd = open(in_tree(name), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

        assert_true(fd >= 0);
        (void)close(fd);
        assert_int_equal(mount(source, in_tree(name), NULL, MS_BIND, NULL), 0);
}

static void test_opens_what_is_wanted(void **state)
{
        struct netns_wanted wanted, any = {}, other;
        char link[32];

        if (self < 0)
                skip();
        wanted = here();
        assert_opens(netns_open_link(self, "ns/net", &wanted), &wanted);
        assert_opens(netns_open_link(self, "ns/net", &any), &wanted);
        int fd = test_netns_here();
        (void)snprintf(link, sizeof(link), "fd/%d", fd);
        assert_opens(netns_open_link(self, link, &wanted), &wanted);
        (void)close(fd);
        assert_int_equal(netns_open_link(self, link, &wanted), -ENOENT);
        bind_file("/proc/self/ns/net", "net");
        assert_opens(netns_open_below(self, in_tree("net"), &wanted), &wanted);
        /* An O_PATH fd of another leads to the namespace as well. */
        fd = open(in_tree("net"), O_PATH | O_CLOEXEC);
        (void)snprintf(link, sizeof(link), "fd/%d", fd);
        assert_opens(netns_open_link(self, link, &wanted), &wanted);
        (void)close(fd);

        other = wanted;
        other.inode++;
        assert_int_equal(netns_open_link(self, "ns/net", &other), -ESTALE);
        assert_int_equal(netns_open_below(self, in_tree("net"), &other), -ESTALE);
        if (wanted.cookie) {
                other = wanted;
                other.cookie++;
                assert_int_equal(netns_open_link(self, "ns/net", &other), -ESTALE);
        }
}

static void test_refuses_other_namespaces(void **state)
{
        const struct netns_wanted any = {};

        if (self < 0)
                skip();
        assert_int_equal(netns_open_link(self, "ns/user", &any), -ESTALE);
        bind_file("/proc/self/ns/uts", "uts");
        assert_int_equal(netns_open_below(self, in_tree("uts"), &any), -ESTALE);
}

/* Each would do something, or wait, if it were opened. */
static void test_opens_nothing_else(void **state)
{
        const struct netns_wanted any = {};
        char events[4096], link[32];

        if (self < 0)
                skip();
        int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
        assert_true(watch >= 0);
        assert_int_equal(mkfifo(in_tree("fifo"), 0600), 0);
        assert_int_equal(symlink("/dev/ptmx", in_tree("link")), 0);
        int file = open(in_tree("file"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        assert_true(file >= 0);
        bind_file("/dev/ptmx", "device");
        assert_true(inotify_add_watch(watch, tree, IN_OPEN) >= 0);
        assert_true(inotify_add_watch(watch, in_tree("device"), IN_OPEN) >= 0);
        (void)alarm(20);
        assert_int_equal(netns_open_below(self, in_tree("fifo"), &any), -ESTALE);
        assert_int_equal(netns_open_below(self, in_tree("file"), &any), -ESTALE);
        assert_int_equal(netns_open_below(self, in_tree("device"), &any), -ESTALE);
        assert_int_equal(netns_open_below(self, in_tree("link"), &any), -ESTALE);
        assert_int_equal(netns_open_below(self, in_tree("nothing"), &any), -ENOENT);
        (void)snprintf(link, sizeof(link), "fd/%d", file);
        assert_int_equal(netns_open_link(self, link, &any), -ESTALE);
        (void)alarm(0);
        assert_int_equal(read(watch, events, sizeof(events)), -1);
        assert_int_equal(errno, EAGAIN);
        (void)close(file);
        (void)close(watch);
}

/* What a program was started from: read where that waits for nobody. */
static void test_opens_a_program(void **state)
{
        char bytes[4];

        if (self < 0)
                skip();
        int fd = mount_guard_open(self, "exe");
        assert_true(fd >= 0 || fd == -EAGAIN); /* a build folder may lie anywhere */
        if (fd >= 0) {
                assert_int_equal(pread(fd, bytes, sizeof(bytes), 0), sizeof(bytes));
                assert_memory_equal(bytes,
                                    "\x7f"
                                    "ELF",
                                    sizeof(bytes));
                (void)close(fd);
        }
        assert_int_equal(mount_guard_open(self, "cwd"), -EINVAL);
        assert_int_equal(mount_guard_open(self, "fd/9999"), -ENOENT);
}

static void test_handle(void **state)
{
        struct netns_wanted wanted = here();

        assert_int_equal(handle_open(wanted.inode, 0), -EOPNOTSUPP);
        int fd = handle_open(wanted.inode, wanted.cookie);
        if (fd == -EOPNOTSUPP || fd == -EPERM || !handle_may_open_all())
                skip();
        assert_opens(fd, &wanted);
        assert_int_equal(handle_open(wanted.inode, wanted.cookie + 1), -ESTALE);
        assert_int_equal(handle_open(wanted.inode + 1, wanted.cookie), -ESTALE);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_opens_what_is_wanted),
                cmocka_unit_test(test_refuses_other_namespaces),
                cmocka_unit_test(test_opens_nothing_else),
                cmocka_unit_test(test_opens_a_program),
                cmocka_unit_test(test_handle),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
