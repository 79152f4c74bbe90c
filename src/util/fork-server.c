/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/fork-server.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "util/kernel.h"

#define PATIENCE_MSEC 1000

/* include/uapi/linux/close_range.h, 5.9 */
#ifndef SYS_close_range
#define SYS_close_range 436
#endif

struct fork_server {
        pthread_mutex_t mutex; /* one question at a time */
        int socket_fd;
        pid_t pid;
};

/* Moves @fd to 3 and closes all others; 0 to 2 are /dev/null: whoever reads our output must not
 * wait for a child that is stuck. */
static int keep_only(int fd)
{
        int null = open("/dev/null", O_RDWR | O_CLOEXEC);

        if (null < 0 || dup2(fd, 3) < 0)
                return -1;
        for (int i = 0; i < 3; i++)
                if (dup2(null, i) < 0)
                        return -1;
        if (syscall(SYS_close_range, 4, ~0U, 0) < 0)
                for (int i = 4, n = (int)sysconf(_SC_OPEN_MAX); i < n && i < 65536; i++)
                        (void)close(i);
        return 3;
}

/* Default handling of every signal but those of a terminal, which mean the program. */
static void reset_signals(void)
{
        sigset_t none;

        for (int i = 1; i < NSIG; i++)
                (void)signal(i, i == SIGINT || i == SIGQUIT || i == SIGHUP || i == SIGPIPE
                                        ? SIG_IGN
                                        : SIG_DFL);
        (void)sigemptyset(&none);
        (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static int send_child(int fd, pid_t pid, int child_socket, int pidfd)
{
        union {
                struct cmsghdr header;
                char room[CMSG_SPACE(2 * sizeof(int))];
        } control = {};
        struct iovec data = {.iov_base = &pid, .iov_len = sizeof(pid)};
        struct msghdr m = {.msg_iov = &data,
                           .msg_iovlen = 1,
                           .msg_control = control.room,
                           .msg_controllen = sizeof(control.room)};
        struct cmsghdr *c = CMSG_FIRSTHDR(&m);
        const int fds[] = {child_socket, pidfd};

        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(fds));
        memcpy(CMSG_DATA(c), fds, sizeof(fds));
        return sendmsg(fd, &m, MSG_NOSIGNAL) < 0 ? negative_errno() : 0;
}

/* One question is one byte. The child's end is the child's alone, so that what is sent to it dies
 * with it. */
static int make_child(int fd, fork_server_main_fn child_main)
{
        int ends[2];

        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
                return negative_errno();
        pid_t server = getpid(), pid = fork();
        if (pid == 0) {
                (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
                (void)prctl(PR_SET_NAME, "nsorphan-look");
                (void)signal(SIGCHLD, SIG_DFL);
                int own = getppid() == server ? keep_only(ends[1]) : -1;
                if (own >= 0)
                        child_main(own);
                _exit(0);
        }
        (void)close(ends[1]);
        _cleanup_close_ int socket_fd = ends[0];
        if (pid < 0)
                return -EAGAIN;
        /* It cannot have been reaped, nor its number used again: we have not waited for it. */
        _cleanup_close_ int pidfd = kernel_pidfd_open(pid, 0);
        return pidfd < 0 ? pidfd : send_child(fd, pid, socket_fd, pidfd);
}

static void reap(void)
{
        while (waitpid(-1, NULL, WNOHANG) > 0)
                ;
}

static void serve(int fd, fork_server_main_fn child_main)
{
        char question;

        for (;;) {
                ssize_t n = recv(fd, &question, sizeof(question), 0);
                reap();
                if (n == 0 || (n < 0 && errno != EINTR))
                        return;
                /* An error is told by a message without fds. */
                if (n > 0 && make_child(fd, child_main) < 0)
                        (void)send(fd, &question, sizeof(question), MSG_NOSIGNAL);
        }
}

int fork_server_new(struct fork_server **ret, fork_server_main_fn child_main, struct error *error)
{
        _cleanup_(fork_server_freep) struct fork_server *s = calloc(1, sizeof(*s));
        int ends[2];

        if (!s)
                return error_oom(error);
        (void)pthread_mutex_init(&s->mutex, NULL);
        s->socket_fd = -EBADF;
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
                return error_set_errno(error, errno, "Failed to make a pair of sockets");
        pid_t program = getpid();
        s->pid = fork();
        if (s->pid == 0) {
                (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
                (void)prctl(PR_SET_NAME, "nsorphan-fork");
                reset_signals();
                int own = getppid() == program ? keep_only(ends[1]) : -1;
                if (own >= 0)
                        serve(own, child_main);
                _exit(0);
        }
        int errnum = errno;
        (void)close(ends[1]);
        s->socket_fd = ends[0];
        if (s->pid < 0)
                return error_set_errno(error, errnum, "Failed to fork");
        *ret = TAKE_PTR(s);
        return 0;
}

struct fork_server *fork_server_free(struct fork_server *s)
{
        if (!s)
                return NULL;
        fd_close(s->socket_fd);
        if (s->pid > 0) {
                /* It holds nothing and waits for nothing, so it goes at once. */
                (void)kill(s->pid, SIGKILL);
                (void)waitpid(s->pid, NULL, 0);
        }
        (void)pthread_mutex_destroy(&s->mutex);
        free(s);
        return NULL;
}

/* The fds of the answer. 0, or a negative errno. */
static int receive_child(int fd, struct forked *ret)
{
        union {
                struct cmsghdr header;
                char room[CMSG_SPACE(2 * sizeof(int))];
        } control = {};
        struct iovec data = {.iov_base = &ret->pid, .iov_len = sizeof(ret->pid)};
        struct msghdr m = {.msg_iov = &data,
                           .msg_iovlen = 1,
                           .msg_control = control.room,
                           .msg_controllen = sizeof(control.room)};
        int fds[2];

        ssize_t n = recvmsg(fd, &m, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
        struct cmsghdr *c = n < 0 ? NULL : CMSG_FIRSTHDR(&m);
        if (n < 0)
                return negative_errno();
        if (n != sizeof(ret->pid) || !c || c->cmsg_type != SCM_RIGHTS ||
            c->cmsg_len != CMSG_LEN(sizeof(fds)))
                return -EAGAIN;
        memcpy(fds, CMSG_DATA(c), sizeof(fds));
        ret->socket_fd = fds[0];
        ret->pidfd = fds[1];
        return 0;
}

int fork_server_get(struct fork_server *s, struct forked *ret)
{
        struct pollfd p = {.fd = s->socket_fd, .events = POLLIN};

        *ret = FORKED_NONE;
        (void)pthread_mutex_lock(&s->mutex);
        int r = send(s->socket_fd, "", 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? negative_errno() : 0;
        while (r == 0 && (r = poll(&p, 1, PATIENCE_MSEC)) < 0 && errno == EINTR)
                r = 0;
        r = r > 0 ? receive_child(s->socket_fd, ret) : r == 0 ? -ETIMEDOUT : r;
        (void)pthread_mutex_unlock(&s->mutex);
        return r;
}

void fork_server_release(struct forked *f)
{
        fd_close(f->socket_fd);
        fd_close(f->pidfd);
        *f = FORKED_NONE;
}

void fork_server_kill(struct forked *f)
{
        if (f->pidfd >= 0)
                (void)syscall(SYS_pidfd_send_signal, f->pidfd, SIGKILL, NULL, 0);
        f->socket_fd = fd_close(f->socket_fd);
}
