/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the kernel says of a namespace, held against namespaces of which we know how it is. */
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "census/procfs/kernel-word.h"
#include "netns/handle.h"
#include "test-netns.h"
#include "util/kernel.h"

/* A namespace that nothing but a socket keeps. */
struct orphan {
        struct netns ns;
        int socket_fd;
};

static void orphan_make(struct orphan *o)
{
        socklen_t n = sizeof(o->ns.id.cookie);
        int home = test_netns_enter_new();
        int here = test_netns_here();

        *o = (struct orphan){.socket_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
        assert_true(o->socket_fd >= 0);
        o->ns.id.inode = test_inode(here);
        if (getsockopt(o->socket_fd, SOL_SOCKET, SO_NETNS_COOKIE, &o->ns.id.cookie, &n) < 0)
                o->ns.id.cookie = 0;
        (void)close(here);
        test_netns_leave(home);
}

static enum kernel_word_rule rule_or_skip(void)
{
        enum kernel_word_rule rule = kernel_word_try();

        assert_int_not_equal(rule, KERNEL_WORD_UNTRIED);
        if (rule == KERNEL_WORD_NONE)
                skip();
        return rule;
}

static enum kernel_word ask(enum kernel_word_rule rule, const struct netns *ns, bool crowded,
                            bool visited)
{
        struct kernel_moment m;

        kernel_word_prepare(&m, rule, crowded);
        return kernel_word_ask(&m, ns, visited);
}

static void test_rule(void **state)
{
        enum kernel_word_rule rule = kernel_word_try();

        /* What no number may decide it does not contradict either. */
        if (kernel_version() < KERNEL_VERSION_OF(6, 18) || !handle_may_open_all())
                assert_int_equal(rule, KERNEL_WORD_NONE);
        if (kernel_version() >= KERNEL_VERSION_OF(6, 19) && handle_may_open_all())
                assert_int_equal(rule, KERNEL_WORD_ACTIVE);
}

static void test_orphan(void **state)
{
        enum kernel_word_rule rule = rule_or_skip();
        struct orphan o;

        orphan_make(&o);
        assert_int_equal(ask(rule, &o.ns, false, false),
                         rule == KERNEL_WORD_ANY ? KERNEL_WORD_UNREFERENCED : KERNEL_WORD_INACTIVE);
        /* To those who may not ask, or do not know what a refusal means, it means nothing. */
        if (rule == KERNEL_WORD_ACTIVE)
                assert_int_equal(ask(KERNEL_WORD_ANY, &o.ns, false, false), KERNEL_WORD_SILENT);
        assert_int_equal(ask(KERNEL_WORD_NONE, &o.ns, false, false), KERNEL_WORD_SILENT);
        o.ns.id.cookie = 0;
        assert_int_equal(ask(rule, &o.ns, false, false), KERNEL_WORD_SILENT);
        (void)close(o.socket_fd);
}

static void test_reference(void **state)
{
        enum kernel_word_rule rule = rule_or_skip();
        struct orphan o;

        orphan_make(&o);
        int home = test_netns_here(), nsfs = ioctl(o.socket_fd, SIOCGSKNS);
        assert_true(nsfs >= 0);
        assert_int_equal(ask(rule, &o.ns, false, false), KERNEL_WORD_REFERENCED);
        assert_int_equal(ask(rule, &o.ns, true, false), KERNEL_WORD_SILENT);
        assert_int_equal(ask(rule, &o.ns, false, true), KERNEL_WORD_SILENT);
        /* The inode may be there because of a watch that is known: that is no way to it. */
        o.ns.count[HOLDER_NSFS_WATCH] = 1;
        assert_int_equal(ask(rule, &o.ns, false, false), KERNEL_WORD_SILENT);
        (void)close(nsfs);
        (void)close(home);
        (void)close(o.socket_fd);
}

static void test_task(void **state)
{
        enum kernel_word_rule rule = rule_or_skip();
        struct orphan o;

        orphan_make(&o);
        int home = test_netns_here(), nsfs = ioctl(o.socket_fd, SIOCGSKNS);
        assert_int_equal(setns(nsfs, CLONE_NEWNET), 0);
        (void)close(nsfs);
        /* There is no reference; that a task is in it is not what is asked. */
        assert_int_equal(ask(rule, &o.ns, false, false), KERNEL_WORD_UNREFERENCED);
        test_netns_leave(home);
        (void)close(o.socket_fd);
}

static void test_presence(void **state)
{
        enum kernel_word_rule rule = rule_or_skip();
        enum netns_presence presence;
        struct orphan o;

        orphan_make(&o);
        presence = kernel_word_presence(rule, &o.ns.id);
        assert_int_equal(presence,
                         rule == KERNEL_WORD_ANY ? NETNS_PRESENCE_THERE : NETNS_PRESENCE_UNKNOWN);
        int nsfs = ioctl(o.socket_fd, SIOCGSKNS);
        assert_int_equal(kernel_word_presence(rule, &o.ns.id), NETNS_PRESENCE_THERE);
        /* That it exists is true whatever a refusal means. */
        assert_int_equal(kernel_word_presence(KERNEL_WORD_NONE, &o.ns.id), NETNS_PRESENCE_THERE);
        (void)close(nsfs);
        (void)close(o.socket_fd);
        for (int i = 0; i < 2000 && rule == KERNEL_WORD_ANY; i++) {
                presence = kernel_word_presence(rule, &o.ns.id);
                if (presence == NETNS_PRESENCE_GONE)
                        break;
                (void)poll(NULL, 0, 10);
        }
        assert_int_equal(kernel_word_presence(rule, &o.ns.id),
                         rule == KERNEL_WORD_ANY ? NETNS_PRESENCE_GONE : NETNS_PRESENCE_UNKNOWN);
        assert_int_equal(kernel_word_presence(KERNEL_WORD_NONE, &o.ns.id), NETNS_PRESENCE_UNKNOWN);
        assert_int_equal(kernel_word_presence(KERNEL_WORD_ACTIVE, &o.ns.id),
                         NETNS_PRESENCE_UNKNOWN);
        o.ns.id.cookie = 0;
        assert_int_equal(kernel_word_presence(rule, &o.ns.id), NETNS_PRESENCE_UNKNOWN);
}

/* To those who are not in the initial namespaces the kernel refuses what exists. */
static void test_who_may_not_ask_hears_nothing(void **state)
{
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                if (unshare(CLONE_NEWUSER) < 0)
                        _exit(0);
                _exit(kernel_word_try() == KERNEL_WORD_NONE ? 0 : 1);
        }
        int status;
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_rule),
                cmocka_unit_test(test_orphan),
                cmocka_unit_test(test_reference),
                cmocka_unit_test(test_task),
                cmocka_unit_test(test_presence),
                cmocka_unit_test(test_who_may_not_ask_hears_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
