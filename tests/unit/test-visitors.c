/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The list of visitors: only root gets onto it, and nobody under another's number. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "netns/visitors.h"
#include "test-netns.h"

#include "test-child.h"

#define LIST "/run/nsorphand/visitors"

static int proc_fd = -1;

/* With a /run of its own. */
static int set_up(void **state)
{
        if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0)
                return 0;
        assert_int_equal(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
        assert_int_equal(mount("none", "/run", "tmpfs", 0, "mode=755"), 0);
        proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(proc_fd >= 0);
        return 0;
}

static void need_root(void)
{
        if (proc_fd < 0)
                skip();
}

static bool visits(pid_t pid, uint64_t inode, uint64_t cookie)
{
        struct visitors v;

        visitors_init(&v, proc_fd);
        visitors_refresh(&v);
        bool found = visitors_has(&v, pid, inode, cookie);
        visitors_deinit(&v);
        return found;
}

static void write_file(const char *name, const char *text)
{
        char path[128];

        (void)snprintf(path, sizeof(path), LIST "/%s", name);
        FILE *f = fopen(path, "we");
        assert_non_null(f);
        (void)fputs(text, f);
        (void)fclose(f);
}

static const char *of(pid_t pid)
{
        static char name[16];

        (void)snprintf(name, sizeof(name), "%d", (int)pid);
        return name;
}

static int visit(void)
{
        return visitors_add(4026532177, 41);
}

static bool has(pid_t pid)
{
        return visits(pid, 4026532177, 41);
}

static void test_nobody_without_a_list(void **state)
{
        need_root();
        (void)umount2("/run", MNT_DETACH);
        assert_int_equal(mount("none", "/run", "tmpfs", 0, "mode=755"), 0);
        assert_false(has(getpid()));
}

static void test_those_who_are_listed(void **state)
{
        need_root();
        pid_t stranger = test_child(NULL), one = test_child(visit);
        assert_true(has(one));
        assert_false(has(stranger));
        assert_false(has(getpid()));
        assert_false(has(1));
        /* Whoever saw it when it lived asks now. */
        test_child_end(one);
        assert_true(has(one));
        test_child_end(stranger);
        assert_false(has(stranger));
}

static void test_not_another_with_that_number(void **state)
{
        need_root();
        assert_int_equal(visit(), 0);
        assert_true(has(getpid()));
        write_file(of(getpid()), "12345 4026532177 41\n");
        assert_false(has(getpid()));
        write_file(of(getpid()), "nonsense\n");
        assert_false(has(getpid()));
        assert_int_equal(visit(), 0);
        assert_true(has(getpid()));
}

static void test_not_what_others_could_write(void **state)
{
        need_root();
        assert_int_equal(visit(), 0);
        char path[128], text[64];
        (void)snprintf(path, sizeof(path), LIST "/%s", of(getpid()));

        assert_int_equal(chmod(LIST, 0770), 0);
        assert_false(has(getpid()));
        assert_int_equal(visit(), -EPERM);
        assert_int_equal(chmod(LIST, 0700), 0);
        assert_int_equal(chown(LIST, 65534, 0), 0);
        assert_false(has(getpid()));
        assert_int_equal(chown(LIST, 0, 0), 0);
        assert_true(has(getpid()));

        assert_int_equal(chown(path, 65534, 65534), 0);
        assert_false(has(getpid()));
        assert_int_equal(chown(path, 0, 0), 0);
        assert_true(has(getpid()));
        FILE *f = fopen(path, "re");
        assert_non_null(f);
        assert_non_null(fgets(text, sizeof(text), f));
        (void)fclose(f);
        assert_int_equal(rename(path, "/run/elsewhere"), 0);
        assert_int_equal(symlink("/run/elsewhere", path), 0);
        assert_false(has(getpid()));
        assert_int_equal(unlink(path), 0);
        assert_int_equal(mkfifo(path, 0600), 0);
        (void)alarm(20);
        assert_false(has(getpid()));
        (void)alarm(0);
        assert_int_equal(unlink(path), 0);
}

static pid_t grandchild;

static int visit_with_a_child(void)
{
        int r = visit();

        if (r >= 0) {
                pid_t pid = test_child(NULL);
                FILE *f = fopen("/run/grandchild", "we");
                (void)fprintf(f, "%d", (int)pid);
                (void)fclose(f);
        }
        return r;
}

static void test_visitors(void **state)
{
        need_root();
        pid_t one = test_child(visit_with_a_child), stranger = test_child(NULL);
        FILE *f = fopen("/run/grandchild", "re");
        assert_non_null(f);
        assert_int_equal(fscanf(f, "%d", &grandchild), 1);
        (void)fclose(f);

        assert_true(visits(one, 4026532177, 41));
        assert_true(visits(grandchild, 4026532177, 41));
        assert_true(visits(one, 4026532177, 0));
        assert_false(visits(one, 4026532177, 42));
        assert_false(visits(one, 4026532178, 41));
        assert_false(visits(stranger, 4026532177, 41));
        assert_false(visits(getpid(), 4026532177, 41));
        assert_false(visits(1, 4026532177, 41));
        test_child_end(one);
        /* Nobody's child any more: whoever stays there is no visitor. */
        assert_false(visits(grandchild, 4026532177, 41));
        (void)kill(grandchild, SIGKILL);
        test_child_end(stranger);
}

static void test_visitors_that_come_later(void **state)
{
        struct visitors v;

        need_root();
        visitors_init(&v, proc_fd);
        for (int i = 0; i < 20; i++) {
                pid_t pid = test_child(NULL);
                visitors_refresh(&v);
                assert_false(visitors_has(&v, pid, 4026532177, 41));
                test_child_end(pid);
                pid = test_child(visit);
                visitors_refresh(&v);
                assert_true(visitors_has(&v, pid, 4026532177, 41));
                test_child_end(pid);
                (void)usleep(i % 4 * 20000);
        }
        visitors_deinit(&v);
}

static void test_old_entries_go(void **state)
{
        const struct timespec old[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};

        need_root();
        pid_t alive = test_child(visit), ended = test_child(visit);
        test_child_end(ended);
        pid_t recent = test_child(visit);
        test_child_end(recent);
        char path[128];
        (void)snprintf(path, sizeof(path), LIST "/%s", of(ended));
        assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
        (void)snprintf(path, sizeof(path), LIST "/%s", of(alive));
        assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
        test_child_end(test_child(visit));
        assert_true(has(alive));
        assert_false(has(ended));
        assert_true(has(recent));
        test_child_end(alive);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_nobody_without_a_list),
                cmocka_unit_test(test_those_who_are_listed),
                cmocka_unit_test(test_not_another_with_that_number),
                cmocka_unit_test(test_not_what_others_could_write),
                cmocka_unit_test(test_visitors),
                cmocka_unit_test(test_visitors_that_come_later),
                cmocka_unit_test(test_old_entries_go),
        };

        return cmocka_run_group_tests(tests, set_up, NULL);
}
