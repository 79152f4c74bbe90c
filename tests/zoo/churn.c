/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes, enters, passes around and destroys network namespaces as fast as it can for some seconds,
 * and tells the truth about them: one line of JSON for each stretch of time in which the verdict
 * of a namespace was beyond doubt. Times are CLOCK_MONOTONIC in microseconds; a stretch begins
 * after the change that led to it and ends before the one that ends it. What is between stretches,
 * nobody can hold against a scanner.
 *
 *   {"role":"leak","cookie":4102,"state":"orphaned","fromUSec":…,"toUSec":…}
 *
 * "orphaned": held by one unmoved socket only. "kept": at every moment a task was in it, or an
 * nsfs file led to it, though never the same one for long.
 *
 * Usage: churn SECONDS */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "zoo.h"

static uint64_t now(void)
{
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* Some stretches hold several scans of a host that is busy with all this, some not even one. */
#define STRETCH_USEC_MAX 2500000

static void pause_a_while(void)
{
        usleep((useconds_t)(random() % STRETCH_USEC_MAX));
}

static void tell(const char *role, const struct zoo *z, const char *state, uint64_t from)
{
        char line[256];
        int n = snprintf(line, sizeof(line),
                         "{\"role\":\"%s\",\"cookie\":%llu,\"inode\":%llu,\"state\":\"%s\","
                         "\"fromUSec\":%llu,\"toUSec\":%llu}\n",
                         role, (unsigned long long)z->cookie, (unsigned long long)z->inode, state,
                         (unsigned long long)from, (unsigned long long)now());

        /* One write, shorter than PIPE_BUF: lines of several processes do not mix. */
        zoo_check((int)write(STDOUT_FILENO, line, (size_t)n), "write");
}

static int socket_inside(struct zoo *z)
{
        zoo_enter(z);
        return zoo_check(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket(AF_INET)");
}

/* Held by a socket in our fd table. */
static void leak(struct zoo *z)
{
        int fd = socket_inside(z);
        zoo_leave(z);
        uint64_t from = now();
        pause_a_while();
        tell("leak", z, "orphaned", from);
        close(fd);
}

/* Held by a socket in flight. */
static void in_flight(struct zoo *z)
{
        int queue[2], fd = socket_inside(z);

        zoo_leave(z);
        zoo_check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, queue), "socketpair");
        zoo_send_fds(queue[0], &fd, 1);
        close(fd);
        close(queue[0]);
        uint64_t from = now();
        pause_a_while();
        tell("in-flight", z, "orphaned", from);
        close(queue[1]);
}

/* Comes and goes at once: nothing to be said of it, but work for the kernel and the scanner. */
static void blink(struct zoo *z)
{
        int fd = socket_inside(z);

        zoo_leave(z);
        close(fd);
}

/* A task is always in it, but a different one each time one looks: each forks the next and exits.
 * Ends with the other end of @lifeline; the last one signs off on it. */
static _Noreturn void run_generations(int lifeline)
{
        struct pollfd p = {.fd = lifeline, .events = POLLIN};

        while (poll(&p, 1, 0) == 0) {
                pid_t pid = zoo_check(fork(), "fork");
                if (pid > 0)
                        _exit(0);
        }
        _exit(write(lifeline, "x", 1) == 1 ? 0 : 1);
}

static void fork_chain(struct zoo *z)
{
        int lifeline[2];
        char byte;
        int fd = socket_inside(z);

        zoo_check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, lifeline), "socketpair");
        if (zoo_check(fork(), "fork") == 0) {
                close(lifeline[1]);
                close(z->home);
                close(fd);
                run_generations(lifeline[0]);
        }
        close(lifeline[0]);
        zoo_leave(z);
        uint64_t from = now();
        pause_a_while();
        tell("fork-chain", z, "kept", from);
        shutdown(lifeline[1], SHUT_WR);
        if (read(lifeline[1], &byte, 1) != 1) {
                errno = ECHILD;
                zoo_check(-1, "the chain of forks had broken");
        }
        close(lifeline[1]);
        close(fd);
}

/* Receives one fd with its byte; -1 when the other side has gone. */
static int receive_fd(int queue)
{
        union {
                char bytes[CMSG_SPACE(sizeof(int))];
                struct cmsghdr align;
        } control;
        char byte;
        int fd;
        struct iovec iov = {.iov_base = &byte, .iov_len = 1};
        struct msghdr message = {.msg_iov = &iov,
                                 .msg_iovlen = 1,
                                 .msg_control = control.bytes,
                                 .msg_controllen = sizeof(control)};

        if (recvmsg(queue, &message, MSG_CMSG_CLOEXEC) <= 0 || !CMSG_FIRSTHDR(&message))
                return -1;
        memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
        return fd;
}

/* Hands on whatever it receives, until @stop. Then it keeps what it has and waits to be killed. */
static _Noreturn void play_catch(int queue, const atomic_bool *stop)
{
        zoo_check(prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl(PR_SET_PDEATHSIG)");
        for (;;) {
                int fd = receive_fd(queue);
                if (fd < 0)
                        _exit(0);
                while (atomic_load(stop))
                        pause();
                zoo_send_fds(queue, &fd, 1);
                close(fd);
        }
}

/* Two processes throw @fd to each other for a while; we no longer have it. */
static void throw_around(const struct zoo *z, const char *role, const char *state, int fd)
{
        pid_t player[2];
        int queue[2];
        atomic_bool *stop = mmap(NULL, sizeof(*stop), PROT_READ | PROT_WRITE,
                                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);

        if (stop == MAP_FAILED)
                zoo_check(-1, "mmap");
        zoo_check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, queue), "socketpair");
        zoo_send_fds(queue[0], &fd, 1);
        close(fd);
        for (int i = 0; i < 2; i++) {
                player[i] = zoo_check(fork(), "fork");
                if (player[i] == 0) {
                        close(queue[!i]);
                        play_catch(queue[i], stop);
                }
        }
        close(queue[0]);
        close(queue[1]);
        uint64_t from = now();
        pause_a_while();
        if (state)
                tell(role, z, state, from);
        atomic_store(stop, true);
        for (int i = 0; i < 2; i++) {
                kill(player[i], SIGKILL);
                waitpid(player[i], NULL, 0);
        }
        munmap(stop, sizeof(*stop));
}

/* Pinned all the time by an nsfs file that never stays where it is. */
static void nsfs_catch(struct zoo *z)
{
        int fd = socket_inside(z);
        int nsfs = zoo_check(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), "nsfs");

        zoo_leave(z);
        throw_around(z, "nsfs-catch", "kept", nsfs);
        close(fd);
}

/* Orphaned, but its one holder moves: a scan may miss it, so nothing is told. */
static void socket_catch(struct zoo *z)
{
        int fd = socket_inside(z);

        zoo_leave(z);
        throw_around(z, "socket-catch", NULL, fd);
}

/* One of two that are in the namespace by turns: goes in when told to, through the pidfd of the one
 * that is in, so that no nsfs file leads to it. */
static _Noreturn void take_turns(struct zoo *z, int baton, pid_t other)
{
        zoo_check(prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl(PR_SET_PDEATHSIG)");
        for (;;) {
                char byte;
                if (read(baton, &byte, 1) != 1)
                        _exit(0);
                int pidfd = zoo_check((int)syscall(SYS_pidfd_open, other, 0), "pidfd_open");
                zoo_check(setns(pidfd, CLONE_NEWNET), "setns to the other's namespace");
                close(pidfd);
                if (write(baton, "i", 1) != 1 || read(baton, &byte, 1) != 1) /* you may leave */
                        _exit(0);
                zoo_check(setns(z->home, CLONE_NEWNET), "setns back");
                if (write(baton, "o", 1) != 1)
                        _exit(0);
        }
}

/* So long each of two stays in at least: a look at one and then at the other takes far less. There
 * is no way to see both at one instant, and nothing could be proved of a faster change. */
#define TURN_USEC 20000

/* At every moment we or the other are in it. */
static void relay(struct zoo *z)
{
        int baton[2];
        char byte;
        pid_t us = getpid();

        zoo_check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, baton), "socketpair");
        int home = zoo_check(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), "nsfs");
        pid_t other = zoo_check(fork(), "fork");
        if (other == 0) {
                z->home = home;
                close(baton[0]);
                take_turns(z, baton[1], us);
        }
        close(baton[1]);
        int fd = socket_inside(z);
        uint64_t from = now(), end = from + (uint64_t)(random() % STRETCH_USEC_MAX);
        while (now() < end) {
                zoo_check((int)write(baton[0], "g", 1), "write");
                zoo_check((int)read(baton[0], &byte, 1), "read");
                zoo_check(setns(home, CLONE_NEWNET), "setns back");
                usleep(TURN_USEC);
                int pidfd = zoo_check((int)syscall(SYS_pidfd_open, other, 0), "pidfd_open");
                zoo_check(setns(pidfd, CLONE_NEWNET), "setns to the other's namespace");
                close(pidfd);
                zoo_check((int)write(baton[0], "g", 1), "write");
                zoo_check((int)read(baton[0], &byte, 1), "read");
                usleep(TURN_USEC);
        }
        tell("relay", z, "kept", from);
        zoo_leave(z);
        kill(other, SIGKILL);
        waitpid(other, NULL, 0);
        close(home);
        close(baton[0]);
        close(fd);
}

static void (*const roles[])(struct zoo *z) = {
        leak, in_flight, blink, fork_chain, nsfs_catch, socket_catch, relay,
};
#define N_ROLES          (sizeof(roles) / sizeof(roles[0]))
#define WORKERS_PER_ROLE 2

static _Noreturn void play(void (*role)(struct zoo *z), unsigned seed, uint64_t end)
{
        char *name[] = {program_invocation_short_name, NULL};
        struct zoo z;

        /* The generations of fork_chain() come to us, not to pid 1, and leave no zombies. */
        zoo_check(prctl(PR_SET_CHILD_SUBREAPER, 1), "prctl(PR_SET_CHILD_SUBREAPER)");
        signal(SIGCHLD, SIG_IGN);
        srandom(seed);
        while (now() < end) {
                zoo_start(&z, 1, name, NULL);
                role(&z);
        }
        _exit(0);
}

int main(int argc, char **argv)
{
        int status, failed = 0;
        int seconds = argc == 2 ? atoi(argv[1]) : 0;

        if (seconds <= 0) {
                fprintf(stderr, "Usage: %s SECONDS\n", program_invocation_short_name);
                return EXIT_FAILURE;
        }
        zoo_check(prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl(PR_SET_PDEATHSIG)");
        uint64_t end = now() + (uint64_t)seconds * 1000000;
        for (unsigned i = 0; i < WORKERS_PER_ROLE * N_ROLES; i++)
                if (zoo_check(fork(), "fork") == 0)
                        play(roles[i % N_ROLES], i + 1, end);
        while (wait(&status) >= 0)
                failed |= status;
        return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
