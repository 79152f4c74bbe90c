/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netlink/netns-thread.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>

/* Dumps decode on the stack in small pieces; the default of 8 MiB is only address space, but that
 * is what a limit on it (LimitAS=) counts. */
#define STACK_SIZE ((size_t)256 * 1024)

struct visit {
        int netns_fd;
        netns_thread_fn fn;
        void *userdata;
        int r;
};

static int visit(const struct visit *v)
{
        _cleanup_close_ int home = -EBADF;
        int r;

        home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
        if (home < 0)
                return negative_errno();
        if (setns(v->netns_fd, CLONE_NEWNET) < 0)
                return negative_errno();
        r = v->fn(v->userdata);
        /* Can only fail for want of memory or privilege lost meanwhile; then the thread's end,
         * right after, does the same a little later. */
        (void)setns(home, CLONE_NEWNET);
        return r;
}

static void *thread_main(void *userdata)
{
        struct visit *v = userdata;

        v->r = visit(v);
        return NULL;
}

int netns_thread_run(int netns_fd, netns_thread_fn fn, void *userdata)
{
        struct visit v = {.netns_fd = netns_fd, .fn = fn, .userdata = userdata};
        pthread_attr_t attr;
        pthread_t thread;
        sigset_t all, before;
        int r;

        r = pthread_attr_init(&attr);
        if (r != 0)
                return -r;
        (void)pthread_attr_setstacksize(&attr, STACK_SIZE);
        /* The mask is inherited: signals stay with the threads that expect them. */
        (void)sigfillset(&all);
        (void)pthread_sigmask(SIG_SETMASK, &all, &before);
        r = pthread_create(&thread, &attr, thread_main, &v);
        (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
        (void)pthread_attr_destroy(&attr);
        if (r != 0)
                return -r;
        r = pthread_join(thread, NULL);
        return r != 0 ? -r : v.r;
}
