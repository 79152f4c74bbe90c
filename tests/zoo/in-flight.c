/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Row 9: a file in flight: sent with SCM_RIGHTS, not yet received, in no fd table.
 *
 * "socket", "tun": orphaned. "procnet", a file of /proc/PID/net: unresolved. "nsfs": pinned.
 * "nested": a socket in a queue of a socket in a queue, NESTING deep; "cycle": two queues, each of
 * which holds the other's end: orphaned, both. "empty": in a message without data. "former-peer":
 * sent to a datagram socket by one that was its peer, in a message without data. "urgent": sent
 * with an urgent byte, which was read: the file is still there, and no recvmsg reaches it.
 * "peek-off": in a queue with SO_PEEK_OFF set, where a look would change what its owner reads next:
 * not to be seen, to be counted. "unaccepted": in the queue of a connection still in a listen
 * backlog, which no recvmsg reaches: not to be seen either, though the kernel tells its number. */
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "zoo.h"

#define NESTING 4

#ifndef SO_PEEK_OFF
#define SO_PEEK_OFF 42
#endif

static void queue_new(int ret[2])
{
        zoo_check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ret), "socketpair");
}

/* Sends @fd into a new queue and returns the end that would receive it. Both @fd and the end it
 * was sent from are closed. */
static int enqueue(int fd)
{
        int queue[2];

        queue_new(queue);
        zoo_send_fds(queue[0], &fd, 1);
        close(queue[0]);
        close(fd);
        return queue[1];
}

/* first[1] holds second[1], which holds first[1] and @fd. We keep first[1]. */
static int enqueue_cycle(int fd)
{
        int first[2], second[2];

        queue_new(first);
        queue_new(second);
        zoo_send_fds(first[0], &second[1], 1);
        zoo_send_fds(second[0], (int[]){first[1], fd}, 2);
        close(first[0]);
        close(second[0]);
        close(second[1]);
        close(fd);
        return first[1];
}

static void send_without_data(int queue, int fd)
{
        char control[CMSG_SPACE(sizeof(int))] = {};
        struct msghdr m = {.msg_control = control, .msg_controllen = sizeof(control)};
        struct cmsghdr *c = CMSG_FIRSTHDR(&m);

        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(c), &fd, sizeof(int));
        zoo_check((int)sendmsg(queue, &m, 0), "sendmsg without data");
}

static int enqueue_empty(int fd)
{
        int queue[2];

        zoo_check(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, queue), "socketpair");
        send_without_data(queue[0], fd);
        close(queue[0]);
        close(fd);
        return queue[1];
}

static int enqueue_by_former_peer(int fd)
{
        const struct sockaddr none = {.sa_family = AF_UNSPEC};
        int queue[2];

        zoo_check(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, queue), "socketpair");
        zoo_check(connect(queue[1], &none, sizeof(none.sa_family)), "connect to nobody");
        send_without_data(queue[0], fd);
        close(queue[0]);
        close(fd);
        return queue[1];
}

/* The other end stays open, and so says in its dump that something it sent is still there. */
static int enqueue_urgent(int fd)
{
        char control[CMSG_SPACE(sizeof(int))] = {}, byte = 0;
        struct iovec iov = {.iov_base = &byte, .iov_len = 1};
        struct msghdr m = {.msg_iov = &iov,
                           .msg_iovlen = 1,
                           .msg_control = control,
                           .msg_controllen = sizeof(control)};
        struct cmsghdr *c = CMSG_FIRSTHDR(&m);
        int queue[2];

        queue_new(queue);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(c), &fd, sizeof(int));
        zoo_available((int)sendmsg(queue[0], &m, MSG_OOB), "urgent bytes of unix sockets");
        zoo_check((int)recv(queue[1], &byte, 1, MSG_OOB), "reading the urgent byte");
        close(fd);
        return queue[1];
}

static int enqueue_unaccepted(int fd)
{
        char path[64];
        int listener = zoo_listen(path);
        int client = zoo_connect(path);

        zoo_send_fds(client, &fd, 1);
        zoo_unlink(path);
        close(client);
        close(fd);
        return listener;
}

int main(int argc, char **argv)
{
        static const char *const variations[] = {"socket", "procnet",  "nsfs",       "tun",
                                                 "nested", "cycle",    "empty",      "former-peer",
                                                 "urgent", "peek-off", "unaccepted", NULL};
        struct zoo z;
        int fd;

        zoo_start(&z, argc, argv, variations);
        zoo_enter(&z);
        if (zoo_is(&z, "nsfs"))
                fd = zoo_check(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), "nsfs");
        else if (zoo_is(&z, "tun"))
                fd = zoo_tun(NULL);
        else if (zoo_is(&z, "procnet")) {
                fd = zoo_check(open("/proc/thread-self/net/tcp", O_RDONLY | O_CLOEXEC), "tcp");
                z.socket_inode = zoo_inode(fd);
        } else {
                fd = zoo_check(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket(AF_INET)");
                z.socket_inode = zoo_inode(fd);
        }
        zoo_leave(&z);

        if (zoo_is(&z, "cycle"))
                z.fd = enqueue_cycle(fd);
        else if (zoo_is(&z, "unaccepted"))
                z.fd = enqueue_unaccepted(fd);
        else if (zoo_is(&z, "empty"))
                z.fd = enqueue_empty(fd);
        else if (zoo_is(&z, "former-peer"))
                z.fd = enqueue_by_former_peer(fd);
        else if (zoo_is(&z, "urgent"))
                z.fd = enqueue_urgent(fd);
        else {
                z.fd = enqueue(fd);
                for (int i = 1; zoo_is(&z, "nested") && i < NESTING; i++)
                        z.fd = enqueue(z.fd);
        }
        if (zoo_is(&z, "peek-off"))
                zoo_check(setsockopt(z.fd, SOL_SOCKET, SO_PEEK_OFF, &(int){0}, sizeof(int)),
                          "SO_PEEK_OFF");
        zoo_tell(&z);
        zoo_wait();
        return 0;
}
