/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A socket that an AIO poll (io_submit(2), IOCB_CMD_POLL, Linux 4.18) waits for, its fd closed. No
 * file in /proc tells of it. */
#include <linux/aio_abi.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "zoo.h"

int main(int argc, char **argv)
{
        aio_context_t context = 0;
        struct zoo z;

        zoo_start(&z, argc, argv, NULL);
        zoo_available((int)syscall(SYS_io_setup, 4, &context), "io_setup");
        zoo_enter(&z);
        int fd = zoo_check(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket(AF_INET)");
        z.socket_inode = zoo_inode(fd);
        struct iocb request = {
                .aio_fildes = (unsigned)fd, .aio_lio_opcode = IOCB_CMD_POLL, .aio_buf = POLLIN};
        struct iocb *requests = &request;
        zoo_available((int)syscall(SYS_io_submit, context, 1, &requests), "io_submit");
        close(fd);
        zoo_leave(&z);
        zoo_tell(&z);
        zoo_wait();
        return 0;
}
