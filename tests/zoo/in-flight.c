/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Row 9: a file in flight: sent with SCM_RIGHTS, not yet received, in no fd table.
 *
 * "socket", "tun": orphaned. "nsfs": pinned. "nested": a socket in a queue of a socket in a queue,
 * NESTING deep; "cycle": two queues, each of which holds the other's end: orphaned, both.
 * "peek-off": in a queue with SO_PEEK_OFF set, where a look would change what its owner reads next:
 * not to be seen, to be counted. "unaccepted": in the queue of a connection still in a listen
 * backlog, which no recvmsg reaches: not to be seen either, though the kernel tells its number. */
#include <fcntl.h>
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
        static const char *const variations[] = {"socket", "nsfs",     "tun",        "nested",
                                                 "cycle",  "peek-off", "unaccepted", NULL};
        struct zoo z;
        int fd;

        zoo_start(&z, argc, argv, variations);
        zoo_enter(&z);
        if (zoo_is(&z, "nsfs"))
                fd = zoo_check(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), "nsfs");
        else if (zoo_is(&z, "tun"))
                fd = zoo_tun(NULL);
        else {
                fd = zoo_check(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket(AF_INET)");
                z.socket_inode = zoo_inode(fd);
        }
        zoo_leave(&z);

        if (zoo_is(&z, "cycle"))
                z.fd = enqueue_cycle(fd);
        else if (zoo_is(&z, "unaccepted"))
                z.fd = enqueue_unaccepted(fd);
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
