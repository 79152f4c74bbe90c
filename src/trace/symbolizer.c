/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "trace/symbolizer.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "util/clock.h"
#include "util/kernel.h"
#include "util/macro.h"
#include "util/thread.h"

/* How long the end of a process that was killed is waited for: it is at once, unless it is stuck.
 */
#define END_MSEC 1000

#define REAPER_STACK ((size_t)64 * 1024)

/* In a group of its own, so that a terminal's signals do not reach it. What else is open here is
 * close-on-exec. */
static int spawn(pid_t *ret, const char *program, int socket_fd)
{
        char *const argv[] = {(char *)program, NULL}, *const environment[] = {NULL};
        posix_spawn_file_actions_t files;
        posix_spawnattr_t attributes;
        sigset_t none, all;

        if (posix_spawn_file_actions_init(&files) != 0)
                return -ENOMEM;
        if (posix_spawnattr_init(&attributes) != 0) {
                (void)posix_spawn_file_actions_destroy(&files);
                return -ENOMEM;
        }
        (void)sigemptyset(&none);
        (void)sigfillset(&all);
        (void)posix_spawnattr_setsigmask(&attributes, &none);
        (void)posix_spawnattr_setsigdefault(&attributes, &all);
        (void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                                            POSIX_SPAWN_SETPGROUP);
        int r = posix_spawn_file_actions_adddup2(&files, socket_fd, STDIN_FILENO);
        if (r == 0)
                r = posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_RDWR, 0);
        if (r == 0)
                r = posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
        if (r == 0)
                r = posix_spawn(ret, program, &files, &attributes, argv, environment);
        (void)posix_spawnattr_destroy(&attributes);
        (void)posix_spawn_file_actions_destroy(&files);
        return -r;
}

int symbolizer_start(struct symbolizer *ret, const char *program)
{
        int ends[2];

        *ret = SYMBOLIZER_NONE;
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
                return negative_errno();
        int r = spawn(&ret->pid, program, ends[1]);
        (void)close(ends[1]);
        ret->socket_fd = ends[0];
        if (r == 0) {
                ret->pidfd = kernel_pidfd_open(ret->pid, 0);
                r = MIN(ret->pidfd, 0);
        } else {
                ret->pid = 0;
        }
        if (r < 0)
                symbolizer_end(ret);
        return r;
}

int symbolizer_tell(struct symbolizer *s, const void *message, size_t size, int fd)
{
        union {
                struct cmsghdr header;
                char room[CMSG_SPACE(sizeof(int))];
        } control = {};
        struct iovec data = {.iov_base = (void *)message, .iov_len = size};
        struct msghdr m = {.msg_iov = &data, .msg_iovlen = 1};

        if (fd >= 0) {
                m.msg_control = control.room;
                m.msg_controllen = sizeof(control.room);
                struct cmsghdr *c = CMSG_FIRSTHDR(&m);
                c->cmsg_level = SOL_SOCKET;
                c->cmsg_type = SCM_RIGHTS;
                c->cmsg_len = CMSG_LEN(sizeof(fd));
                memcpy(CMSG_DATA(c), &fd, sizeof(fd));
        }
        return sendmsg(s->socket_fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? negative_errno() : 0;
}

/* Until @fd is readable. 0, -ETIMEDOUT or another negative errno. */
static int wait_until(int fd, uint64_t deadline_usec)
{
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int r;

        do {
                uint64_t now = clock_usec(CLOCK_MONOTONIC);
                uint64_t msec =
                        now < deadline_usec ? (deadline_usec - now + 999) / USEC_PER_MSEC : 0;
                r = poll(&p, 1, (int)MIN(msec, (uint64_t)60000));
        } while (r < 0 && errno == EINTR);
        return r > 0 ? 0 : r == 0 ? -ETIMEDOUT : negative_errno();
}

ssize_t symbolizer_hear(struct symbolizer *s, void *ret, size_t size, uint64_t deadline_usec)
{
        int r = wait_until(s->socket_fd, deadline_usec);
        if (r < 0)
                return r;
        /* Without room for control messages: an fd in one is dropped by the kernel. */
        ssize_t n = recv(s->socket_fd, ret, size, MSG_DONTWAIT | MSG_TRUNC);
        if (n < 0)
                return errno == ECONNRESET ? -EPIPE : negative_errno();
        return n == 0 ? -EPIPE : (size_t)n > size ? -EMSGSIZE : n;
}

static void *reap(void *userdata)
{
        (void)waitpid((pid_t)(intptr_t)userdata, NULL, 0);
        return NULL;
}

void symbolizer_end(struct symbolizer *s)
{
        uint64_t deadline = clock_usec(CLOCK_MONOTONIC) + END_MSEC * USEC_PER_MSEC;

        s->socket_fd = fd_close(s->socket_fd);
        if (s->pidfd >= 0) {
                (void)syscall(SYS_pidfd_send_signal, s->pidfd, SIGKILL, NULL, 0);
                (void)wait_until(s->pidfd, deadline);
        }
        /* -1: somebody of this program has done that already, or children are not waited for. */
        if (s->pid > 0 && waitpid(s->pid, NULL, WNOHANG) == 0)
                (void)thread_start_detached(reap, (void *)(intptr_t)s->pid, REAPER_STACK);
        s->pidfd = fd_close(s->pidfd);
        s->pid = 0;
}
