/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A mark is root's, and of one process: nobody inherits it, or has it of a user namespace. */
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "netns/mark-layout.h"
#include "netns/mark.h"
#include "test-netns.h"

#include "test-child.h"

static int proc_fd = -1;

static int set_up(void **state)
{
        if (geteuid() == 0)
                proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return 0;
}

static enum mark_answer ask(pid_t pid)
{
        return mark_ask(proc_fd, pid, pid, NULL);
}

/* What a process that is marked would have there, with another start time or word. */
static int forge(const char *text, uint64_t start)
{
        struct mark_layout mark = {.start_ticks = start};

        (void)strcpy(mark.text, text);
        return unshare(CLONE_NEWUTS) < 0 || setdomainname((const char *)&mark, sizeof(mark)) < 0
                       ? -1
                       : 0;
}

static int forge_start(void)
{
        return forge(MARK_TEXT, 12345);
}

static int forge_text(void)
{
        struct utsname u;
        struct mark_layout mark;

        if (mark_set() < 0 || uname(&u) < 0)
                return -1;
        memcpy(&mark, u.domainname, sizeof(mark));
        return forge("nsorphaned", mark.start_ticks);
}

static int as_a_user(void)
{
        return unshare(CLONE_NEWUSER) < 0 ? -1 : mark_set();
}

static int take_off(void)
{
        int r = mark_set();

        mark_clear();
        return r;
}

static void test_marks(void **state)
{
        if (proc_fd < 0)
                skip();
        pid_t stranger = test_child(NULL), one = test_child(mark_set);
        assert_int_equal(ask(one), MARK_OURS);
        assert_int_equal(ask(stranger), MARK_NONE);
        assert_int_equal(ask(1), MARK_NONE);
        test_child_end(one);
        assert_int_equal(ask(one), MARK_GONE);
        test_child_end(stranger);
        assert_int_equal(ask(stranger), MARK_GONE);

        for (size_t i = 0; i < 3; i++) {
                int (*const none[])(void) = {forge_start, forge_text, take_off};
                one = test_child(none[i]);
                assert_int_equal(ask(one), MARK_NONE);
                test_child_end(one);
        }
}

/* Not in a chroot, for instance. */
static bool may_have_user_namespaces(void)
{
        int status;
        pid_t pid = fork();

        if (pid == 0)
                _exit(unshare(CLONE_NEWUSER) < 0);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        return status == 0;
}

static void test_a_user_namespace_is_not_root(void **state)
{
        if (proc_fd < 0 || !may_have_user_namespaces())
                skip();
        pid_t one = test_child(as_a_user);
        assert_int_equal(ask(one), MARK_NONE);
        test_child_end(one);
}

static void test_it_is_not_inherited(void **state)
{
        if (proc_fd < 0)
                skip();
        assert_int_equal(mark_set(), 0);
        assert_int_equal(mark_set(), 0);
        assert_int_equal(ask(getpid()), MARK_OURS);
        /* A start is told by its tick, of which there are a hundred in a second. */
        (void)usleep(20000);
        pid_t grandchild = test_child(NULL);
        assert_int_equal(ask(grandchild), MARK_NONE);
        test_child_end(grandchild);
        grandchild = test_child(mark_set);
        assert_int_equal(ask(grandchild), MARK_OURS);
        test_child_end(grandchild);
        mark_clear();
        assert_int_equal(ask(getpid()), MARK_NONE);
}

static int look_twice(void)
{
        int r = mark_set();

        mark_count(MARK_BEGINS);
        mark_count(MARK_ENDS);
        mark_count(MARK_BEGINS);
        return r;
}

static void test_looks_are_counted(void **state)
{
        struct mark_visits visits;

        if (proc_fd < 0)
                skip();
        pid_t one = test_child(look_twice);
        assert_int_equal(mark_ask(proc_fd, one, one, &visits), MARK_OURS);
        assert_int_equal(visits.begun, 2);
        assert_int_equal(visits.ended, 1);
        test_child_end(one);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_marks),
                cmocka_unit_test(test_a_user_namespace_is_not_root),
                cmocka_unit_test(test_it_is_not_inherited),
                cmocka_unit_test(test_looks_are_counted),
        };

        return cmocka_run_group_tests(tests, set_up, NULL);
}
