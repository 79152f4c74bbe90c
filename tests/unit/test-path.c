/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The walk below another root: by hand it must come to what openat2(2) comes to. */
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "netns/mount-guard.h"
#include "netns/path.h"
#include "test-netns.h"

#include "test-directory.h"

/* Far longer than a lookup takes that waits for nobody. */
#define HANGS_SEC 20

static char tree[TEST_DIRECTORY_MAX];
static int root = -1, self = -1;

static void make_dir(const char *path)
{
        assert_int_equal(mkdirat(root, path, 0755), 0);
}

static void make_file(const char *path)
{
        int fd = openat(root, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        assert_true(fd >= 0);
        (void)close(fd);
}

static void make_link(const char *text, const char *path)
{
        assert_int_equal(symlinkat(text, root, path), 0);
}

static void mount_at(const char *type, const char *path)
{
        char where[PATH_MAX];

        (void)snprintf(where, sizeof(where), "%s/%s", tree, path);
        assert_int_equal(mount("none", where, type, 0, NULL), 0);
}

/* A tree of its own file systems, in a mount namespace that goes with the test. */
static int set_up(void **state)
{
        if (unshare(CLONE_NEWNS) < 0)
                return 0;
        assert_int_equal(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
        test_directory_make(tree);
        assert_int_equal(mount("none", tree, "tmpfs", 0, NULL), 0);
        root = open(tree, O_PATH | O_DIRECTORY | O_CLOEXEC);
        self = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
        assert_true(root >= 0 && self >= 0);
        make_dir("a");
        make_dir("a/b");
        make_file("a/b/file");
        make_file("a/b/na me");
        make_dir("a/m");
        mount_at("tmpfs", "a/m");
        make_dir("a/m/in");
        make_file("a/m/in/file");
        make_dir("proc");
        mount_at("proc", "proc");
        make_dir("sys");
        mount_at("sysfs", "sys");
        make_link("a/b", "relative");
        make_link("/a/b", "absolute");
        make_link("../../../../a/b", "escape");
        make_link("/../a/./b/..", "dots");
        make_link("/a/m/in/..", "mounted");
        make_link("a/b/file", "to-file");
        make_link("/a/b/file/", "to-file-slash");
        make_link("nothing", "dangling");
        make_link("loop", "loop");
        make_link("/proc/self/root/etc", "magic");
        make_link("/proc/self/cwd", "cwd");
        make_link("/", "slash");
        make_link("link1/../relative", "a/chain");
        make_link("../relative", "a/link1");
        for (int i = 0; i < 45; i++) {
                char text[16], path[16];
                (void)snprintf(text, sizeof(text), i == 0 ? "a" : "n%d", i - 1);
                (void)snprintf(path, sizeof(path), "n%d", i);
                make_link(text, path);
        }
        return 0;
}

static int tear_down(void **state)
{
        if (root < 0)
                return 0;
        (void)close(root);
        (void)close(self);
        return umount2(tree, MNT_DETACH) < 0 || rmdir(tree) < 0;
}

static void need_tree(void)
{
        if (root < 0)
                skip();
}

static int by_kernel(const char *path)
{
        const struct open_how how = {.flags = O_PATH | O_CLOEXEC | O_NOFOLLOW,
                                     .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
        int fd = (int)syscall(SYS_openat2, root, path, &how, sizeof(how));

        if (fd < 0 && errno == ENOSYS)
                skip();
        return fd < 0 ? -errno : fd;
}

/* Whether two ways came to the same file, or to the same error. */
static bool is_same(int a, int b)
{
        struct stat x, y;

        if (a < 0 || b < 0)
                return a == b;
        return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev &&
               x.st_ino == y.st_ino;
}

static void assert_same(const char *path)
{
        int expected = by_kernel(path), walked = path_walk(root, path, self),
            found = path_find(root, path, self);

        if (!is_same(expected, walked) || !is_same(expected, found))
                fail_msg("\"%s\": openat2 %d, path_walk %d, path_find %d", path, expected, walked,
                         found);
        (void)fd_close(expected);
        (void)fd_close(walked);
        (void)fd_close(found);
}

static void test_both_ways_agree(void **state)
{
        static const char *const starts[] = {
                "",
                "/",
                "//",
                ".",
                "..",
                "../..",
                "a",
                "/a",
                "a//b",
                "relative",
                "absolute",
                "escape",
                "dots",
                "mounted",
                "slash",
                "magic",
                "cwd",
                "to-file",
                "to-file-slash",
                "dangling",
                "loop",
                "a/m",
                "a/m/in",
                "a/chain",
                "proc",
                "proc/self",
                "proc/self/root",
                "proc/self/cwd",
                "proc/mounts",
                "proc/net",
                "proc/self/fd/0",
                "sys/class/net/lo",
                "n0",
                "n10",
                "n39",
                "n40",
                "n41",
                "n44",
                "a/b/file",
        };
        static const char *const ends[] = {"",
                                           "/",
                                           "/.",
                                           "/..",
                                           "/b",
                                           "/file",
                                           "/file/",
                                           "/file/..",
                                           "/na me",
                                           "/nothing",
                                           "/in",
                                           "/in/../../b/file",
                                           "/../../../a/b/file",
                                           "/../proc/self/root/tmp",
                                           "/m/in/../../../a"};
        char path[PATH_MAX];

        need_tree();
        for (size_t i = 0; i < ARRAY_SIZE(starts); i++)
                for (size_t j = 0; j < ARRAY_SIZE(ends); j++) {
                        (void)snprintf(path, sizeof(path), "%s%s", starts[i], ends[j]);
                        assert_same(path);
                }
}

static int by_kernel_plain(const char *path)
{
        const struct open_how how = {.flags = O_PATH | O_CLOEXEC | O_NOFOLLOW,
                                     .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS};
        int fd = (int)syscall(SYS_openat2, root, path, &how, sizeof(how));

        return fd < 0 ? -errno : fd;
}

/* The same without any link. */
static void test_plain(void **state)
{
        static const char *const paths[] = {
                "/",          "a/b/file",   "a/m/in",    "a/../a/b",       "relative",
                "relative/b", "absolute/b", "proc/self", "proc/self/root", "proc/self/root/a",
                "a/b/none",   "a/b/file/x",
        };

        need_tree();
        (void)by_kernel("/");
        for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
                int expected = by_kernel_plain(paths[i]),
                    walked = path_walk_plain(root, paths[i], self),
                    found = path_find_plain(root, paths[i], self);
                if (!is_same(expected, walked) || !is_same(expected, found))
                        fail_msg("\"%s\": openat2 %d, path_walk_plain %d, path_find_plain %d",
                                 paths[i], expected, walked, found);
                (void)fd_close(expected);
                (void)fd_close(walked);
                (void)fd_close(found);
        }
        assert_int_equal(path_find_plain(root, "relative/b", self), -ELOOP);
}

static void test_lengths(void **state)
{
        char path[PATH_MAX + 16];

        need_tree();
        memset(path, 'x', sizeof(path));
        path[NAME_MAX] = '\0';
        assert_same(path);
        path[NAME_MAX] = 'x';
        path[NAME_MAX + 1] = '\0';
        assert_same(path);
        path[NAME_MAX + 1] = 'x';
        path[PATH_MAX] = '\0';
        assert_same(path);
        for (size_t i = 0; i < PATH_MAX - 1; i++)
                path[i] = "./"[i % 2];
        path[PATH_MAX - 1] = '\0';
        assert_same(path);
}

static void test_goes_no_deeper_than_it_may(void **state)
{
        char path[2 * PATH_DEPTH_MAX + 8] = "";
        int dir = openat(root, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);

        need_tree();
        for (size_t i = 0; i <= PATH_DEPTH_MAX; i++) {
                assert_int_equal(mkdirat(dir, "d", 0755), 0);
                int below = openat(dir, "d", O_PATH | O_DIRECTORY | O_CLOEXEC);
                (void)close(dir);
                dir = below;
                strcat(path, "d/");
        }
        (void)close(dir);
        assert_int_equal(path_walk(root, path, self), -ENAMETOOLONG);
        path[2 * PATH_DEPTH_MAX] = '\0';
        assert_same(path);
}

/* Where each lookup asks a server that never answers. */
static void test_waits_for_no_server(void **state)
{
        char options[80];
        int fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC);

        need_tree();
        if (fuse < 0)
                skip();
        make_dir("fuse");
        char where[PATH_MAX];
        (void)snprintf(where, sizeof(where), "%s/fuse", tree);
        (void)snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", fuse);
        assert_int_equal(mount("none", where, "fuse", 0, options), 0);
        (void)alarm(HANGS_SEC);
        assert_int_equal(path_walk(root, "fuse/x", self), -EAGAIN);
        assert_int_equal(path_find(root, "fuse/x", self), -EAGAIN);
        assert_int_equal(path_find(root, "a/../fuse/x/y", self), -EAGAIN);
        (void)alarm(0);
        assert_int_equal(umount2(where, MNT_DETACH), 0);
        (void)close(fuse);
}

static void test_what_is_local(void **state)
{
        assert_true(mount_guard_is_local("tmpfs", 5, false));
        assert_true(mount_guard_is_local("ext4 /dev/sda", 4, false));
        assert_false(mount_guard_is_local("tmpfsx", 6, true));
        assert_false(mount_guard_is_local("fuse", 4, true));
        assert_false(mount_guard_is_local("fuse.tmpfs", 10, true));
        assert_false(mount_guard_is_local("nfs4", 4, true));
        assert_false(mount_guard_is_local("autofs", 6, true));
        assert_false(mount_guard_is_local("overlay", 7, false));
        assert_true(mount_guard_is_local("overlay", 7, true));
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_both_ways_agree),
                cmocka_unit_test(test_plain),
                cmocka_unit_test(test_lengths),
                cmocka_unit_test(test_goes_no_deeper_than_it_may),
                cmocka_unit_test(test_waits_for_no_server),
                cmocka_unit_test(test_what_is_local),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
