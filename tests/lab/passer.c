/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A helper opens a socket in a namespace of its own, passes it on and ends. The process that keeps
 * it prints both numbers in a line of JSON, and waits for the end of its standard input. */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void check(int r, const char *what)
{
        if (r >= 0)
                return;
        perror(what);
        exit(EXIT_FAILURE);
}

static void send_file(int to, int fd)
{
        char byte = 0, control[CMSG_SPACE(sizeof(int))] = {};
        struct iovec data = {&byte, 1};
        struct msghdr m = {.msg_iov = &data,
                           .msg_iovlen = 1,
                           .msg_control = control,
                           .msg_controllen = sizeof(control)};
        struct cmsghdr *c = CMSG_FIRSTHDR(&m);

        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(c), &fd, sizeof(fd));
        check((int)sendmsg(to, &m, 0), "sendmsg");
}

static void receive_file(int from)
{
        char byte, control[CMSG_SPACE(sizeof(int))];
        struct iovec data = {&byte, 1};
        struct msghdr m = {.msg_iov = &data,
                           .msg_iovlen = 1,
                           .msg_control = control,
                           .msg_controllen = sizeof(control)};

        check((int)recvmsg(from, &m, 0), "recvmsg");
}

int main(void)
{
        int pair[2];

        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        check(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), "socketpair");
        pid_t helper = fork();
        check(helper, "fork");
        if (helper == 0) {
                (void)prctl(PR_SET_NAME, "helper");
                check(unshare(CLONE_NEWNET), "unshare");
                int fd = socket(AF_INET, SOCK_DGRAM, 0);
                check(fd, "socket");
                send_file(pair[1], fd);
                _exit(EXIT_SUCCESS);
        }
        receive_file(pair[0]);
        check(waitpid(helper, NULL, 0), "waitpid");
        printf("{\"pid\":%d,\"helper\":%d}\n", getpid(), helper);
        (void)fflush(stdout);
        while (getchar() != EOF)
                ;
        return EXIT_SUCCESS;
}
