/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A socket in a large fd table that many share: "threads", of one process, of which others have
 * tables of their own; "processes". Whoever walks the table for each of them never comes to an end.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "zoo.h"

#define N_FILES   5000
#define N_OWN     80
#define N_SHARING 200
#define STACK     65536

static struct zoo z;
static pthread_barrier_t all_there;

static void fill(void)
{
        struct rlimit limit;

        zoo_check(getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
        limit.rlim_cur = limit.rlim_max;
        zoo_check(setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
        int null = zoo_check(open("/dev/null", O_RDONLY | O_CLOEXEC), "/dev/null");
        for (int i = 0; i < N_FILES; i++)
                zoo_check(fcntl(null, F_DUPFD_CLOEXEC, 0), "duplicating");
}

static void hold(void)
{
        zoo_enter(&z);
        z.fd = zoo_check(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
        z.socket_inode = zoo_inode(z.fd);
        zoo_leave(&z);
}

static int sleep_for_good(void *userdata)
{
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;)
                pause();
        return userdata != NULL;
}

static void share(int flags)
{
        for (int i = 0; i < N_SHARING; i++) {
                char *stack = malloc(STACK);
                zoo_check(stack ? clone(sleep_for_good, stack + STACK, flags, NULL) : -1, "clone");
        }
}

static void *be_thread(void *userdata)
{
        zoo_check(unshare(CLONE_FILES), "unshare(CLONE_FILES)");
        if (userdata) {
                fill();
                hold();
                z.tid = gettid();
                share(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
                      CLONE_SYSVSEM);
        }
        pthread_barrier_wait(&all_there);
        return (void *)(intptr_t)sleep_for_good(NULL);
}

static void make_threads(void)
{
        pthread_attr_t attributes;
        pthread_t thread;

        pthread_attr_init(&attributes);
        pthread_attr_setstacksize(&attributes, STACK);
        pthread_barrier_init(&all_there, NULL, N_OWN + 1);
        for (int i = 0; i < N_OWN; i++)
                zoo_check(-pthread_create(&thread, &attributes, be_thread,
                                          i == N_OWN - 1 ? &z : NULL),
                          "thread");
        pthread_barrier_wait(&all_there);
        pthread_attr_destroy(&attributes);
}

int main(int argc, char **argv)
{
        static const char *const variations[] = {"threads", "processes", NULL};

        zoo_start(&z, argc, argv, variations);
        if (zoo_is(&z, "threads"))
                make_threads();
        else {
                fill();
                hold();
                share(CLONE_FILES | SIGCHLD);
        }
        zoo_tell(&z);
        zoo_wait();
        return 0;
}
