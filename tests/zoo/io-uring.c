/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Row 11: a socket that io_uring holds, its fd closed. "file": registered; the ring's fdinfo lists
 * it, as "socket:[N]" on newer kernels. "request": a poll that waits; nothing in procfs names the
 * socket it waits for. */
#include <errno.h>
#include <linux/io_uring.h>
#include <poll.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "zoo.h"

static void *map(int ring, size_t size, off_t offset)
{
        void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, ring, offset);

        if (p == MAP_FAILED)
                zoo_check(-1, "mmap of the ring");
        return p;
}

/* One IORING_OP_POLL_ADD for bytes that never come. */
static void submit_poll(int ring, const struct io_uring_params *p, int fd)
{
        size_t size = p->sq_off.array + p->sq_entries * sizeof(unsigned);
        char *queue = map(ring, size, IORING_OFF_SQ_RING);
        struct io_uring_sqe *entry = map(ring, p->sq_entries * sizeof(*entry), IORING_OFF_SQES);

        *entry = (struct io_uring_sqe){
                .opcode = IORING_OP_POLL_ADD, .fd = fd, .poll32_events = POLLIN};
        ((unsigned *)(void *)(queue + p->sq_off.array))[0] = 0;
        __atomic_store_n((unsigned *)(void *)(queue + p->sq_off.tail), 1, __ATOMIC_RELEASE);
        zoo_check((int)syscall(SYS_io_uring_enter, ring, 1, 0, 0, NULL, 0), "io_uring_enter");
        munmap(queue, size);
        munmap(entry, p->sq_entries * sizeof(*entry));
}

int main(int argc, char **argv)
{
        static const char *const variations[] = {"file", "request", NULL};
        struct io_uring_params params = {0};
        struct zoo z;

        zoo_start(&z, argc, argv, variations);
        z.fd = zoo_available((int)syscall(SYS_io_uring_setup, 1, &params), "io_uring_setup");
        zoo_enter(&z);
        int fd = zoo_check(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket(AF_UNIX)");
        z.socket_inode = zoo_inode(fd);
        if (zoo_is(&z, "file"))
                zoo_check((int)syscall(SYS_io_uring_register, z.fd, IORING_REGISTER_FILES, &fd, 1),
                          "IORING_REGISTER_FILES");
        else
                submit_poll(z.fd, &params, fd);
        close(fd);
        zoo_leave(&z);
        zoo_tell(&z);
        zoo_wait();
        return 0;
}
