/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A POSIX message queue that is to notify a netlink socket (SIGEV_THREAD): the queue keeps the
 * socket, its fd closed. */
#include <fcntl.h>
#include <linux/netlink.h>
#include <mqueue.h>
#include <signal.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "zoo.h"

int main(int argc, char **argv)
{
        /* ipc/mqueue.c, NOTIFY_COOKIE_LEN: what will be sent to the socket. */
        static char cookie[32];
        struct mq_attr attributes = {.mq_maxmsg = 1, .mq_msgsize = 1};
        struct zoo z;

        zoo_start(&z, argc, argv, NULL);
        mqd_t queue = mq_open("/nsorphand-zoo", O_RDONLY | O_CREAT | O_CLOEXEC, 0600, &attributes);
        zoo_available((int)queue, "mq_open");
        zoo_check(mq_unlink("/nsorphand-zoo"), "mq_unlink");
        zoo_enter(&z);
        int fd = zoo_check(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), "netlink");
        z.socket_inode = zoo_inode(fd);
        struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_signo = fd};
        event.sigev_value.sival_ptr = cookie;
        /* Not by the C library, which would send to a socket of its own. */
        zoo_check((int)syscall(SYS_mq_notify, queue, &event), "mq_notify");
        close(fd);
        zoo_leave(&z);
        zoo_tell(&z);
        zoo_wait();
        return 0;
}
