/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A host's worth of processes to scan: so many processes, each with its share of sockets, other
 * files and threads, spread over so many network namespaces, some of them orphaned.
 *
 *     bench-load PROCESSES SOCKETS NAMESPACES ORPHANS FILES THREADS AWAKE
 *
 * SOCKETS, FILES and THREADS are totals. Namespace 0 is the one we are called in; the others have
 * the processes in them whose number is theirs, counted round. An orphan is held by one more socket
 * of one process. With AWAKE 1 each process runs for a moment once a second, else they sleep.
 * Prints "ready" when all is in place and stays until stdin ends. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

struct share {
        unsigned sockets, files, threads;
        int namespace_fd; /* -1: the one we are in */
        unsigned orphans;
        bool awake;
};

static int check(int result, const char *what)
{
        if (result < 0) {
                fprintf(stderr, "bench-load: %s: %s\n", what, strerror(errno));
                exit(EXIT_FAILURE);
        }
        return result;
}

static int new_namespace(int home)
{
        check(unshare(CLONE_NEWNET), "unshare");
        int fd = check(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), "our namespace");
        check(setns(home, CLONE_NEWNET), "setns");
        return fd;
}

static void *idle(void *userdata)
{
        for (;;)
                pause();
        return userdata;
}

/* The families that a host has most of. */
static void make_socket(unsigned number)
{
        static const struct {
                int family, type;
        } kinds[] = {{AF_UNIX, SOCK_STREAM},
                     {AF_INET, SOCK_STREAM},
                     {AF_UNIX, SOCK_DGRAM},
                     {AF_NETLINK, SOCK_RAW}};
        size_t kind = number % (sizeof(kinds) / sizeof(kinds[0]));

        check(socket(kinds[kind].family, kinds[kind].type, 0), "socket");
}

static void add_thread(void)
{
        pthread_attr_t attributes;
        pthread_t thread;

        pthread_attr_init(&attributes);
        pthread_attr_setstacksize(&attributes, 64 * 1024);
        errno = pthread_create(&thread, &attributes, idle, NULL);
        check(errno ? -1 : 0, "pthread_create");
        pthread_attr_destroy(&attributes);
}

/* Runs as a process of its own, until its parent ends. @ready_fd is told when all is there. */
static _Noreturn void be_process(const struct share *share, int home, int ready_fd)
{
        check(prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl");
        for (unsigned i = 0; i < share->orphans; i++) {
                check(unshare(CLONE_NEWNET), "unshare");
                make_socket(i);
                check(setns(home, CLONE_NEWNET), "setns");
        }
        if (share->namespace_fd >= 0)
                check(setns(share->namespace_fd, CLONE_NEWNET), "setns");
        for (unsigned i = 0; i < share->sockets; i++)
                make_socket(i);
        for (unsigned i = 0; i < share->files; i++)
                check(open("/dev/null", O_RDONLY), "/dev/null");
        for (unsigned i = 1; i < share->threads; i++)
                add_thread();
        /* The namespaces' fds were for getting here only: they are no part of the load. They and
         * the pipe were opened one after the other, before any socket. */
        (void)close_range((unsigned)home, (unsigned)ready_fd - 1, 0);
        check((int)write(ready_fd, "+", 1), "telling the parent");
        close(ready_fd);
        while (share->awake)
                sleep(1);
        idle(NULL);
        abort();
}

static unsigned part(unsigned total, unsigned i, unsigned n)
{
        return total / n + (i < total % n);
}

int main(int argc, char **argv)
{
        static const char *const names[] = {"PROCESSES", "SOCKETS", "NAMESPACES", "ORPHANS",
                                            "FILES",     "THREADS", "AWAKE"};
        unsigned number[7];
        int ready[2];
        char byte;

        if (argc != 8) {
                fprintf(stderr, "Usage: bench-load");
                for (size_t i = 0; i < 7; i++)
                        fprintf(stderr, " %s", names[i]);
                fprintf(stderr, "\n");
                return EXIT_FAILURE;
        }
        for (size_t i = 0; i < 7; i++)
                number[i] = (unsigned)strtoul(argv[i + 1], NULL, 10);
        unsigned n = number[0] > 0 ? number[0] : 1;
        unsigned n_namespaces = number[2] > 0 ? number[2] : 1;

        struct rlimit limit;
        check(getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
        limit.rlim_cur = limit.rlim_max;
        check(setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");

        int home = check(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), "our namespace");
        int *namespace_fds = calloc(n_namespaces, sizeof(*namespace_fds));
        check(namespace_fds ? 0 : -1, "calloc");
        namespace_fds[0] = -1;
        for (unsigned i = 1; i < n_namespaces; i++)
                namespace_fds[i] = new_namespace(home);
        check(pipe(ready), "pipe");

        for (unsigned i = 0; i < n; i++) {
                struct share share = {
                        .sockets = part(number[1], i, n),
                        .orphans = part(number[3], i, n),
                        .files = part(number[4], i, n),
                        .threads = part(number[5], i, n),
                        .namespace_fd = namespace_fds[i % n_namespaces],
                        .awake = number[6] > 0,
                };
                if (check(fork(), "fork") == 0)
                        be_process(&share, home, ready[1]);
        }
        close(ready[1]);
        for (unsigned i = 1; i < n_namespaces; i++)
                close(namespace_fds[i]);
        close(home);
        for (unsigned i = 0; i < n; i++)
                if (read(ready[0], &byte, 1) != 1)
                        return EXIT_FAILURE; /* a process has said what went wrong */
        printf("ready\n");
        fflush(stdout);
        while (read(STDIN_FILENO, &byte, 1) > 0)
                ;
        return 0;
}
