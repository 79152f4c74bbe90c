/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Row 11: what an io_uring holds, its fd closed.
 *   file, tun, nsfs, proc-net   registered: the ring's fdinfo lists it by name;
 *   unix-queue   registered is a unix socket of our own, and a socket is in its queue;
 *   locked       a registered socket, while a system call that does not end holds the ring's lock;
 *   mapped       a registered socket, of a ring that is only mapped, its own fd closed;
 *   registered   the same, of a ring that is only registered with itself: nothing shows it;
 *   request      a poll that waits for a socket. */
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
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

/* A page that whoever touches it waits for: the kernel, too. */
static void *endless_page(void)
{
        struct uffdio_api api = {.api = UFFD_API};
        size_t size = (size_t)getpagesize();

        void *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (page == MAP_FAILED)
                zoo_check(-1, "mmap");
        int fd = zoo_available((int)syscall(SYS_userfaultfd, O_CLOEXEC), "userfaultfd");
        zoo_check(ioctl(fd, UFFDIO_API, &api), "UFFDIO_API");
        struct uffdio_register range = {.range = {.start = (uint64_t)(uintptr_t)page, .len = size},
                                        .mode = UFFDIO_REGISTER_MODE_MISSING};
        zoo_check(ioctl(fd, UFFDIO_REGISTER, &range), "UFFDIO_REGISTER");
        return page;
}

struct update {
        int ring;
        void *page;
        pid_t tid;
};

/* Holds the ring's lock while the kernel waits to read which file is meant. */
static void *update_for_ever(void *userdata)
{
        const struct update *u = userdata;
        const struct io_uring_files_update request = {.fds = (uint64_t)(uintptr_t)u->page};

        (void)syscall(SYS_io_uring_register, u->ring, IORING_REGISTER_FILES_UPDATE, &request, 1);
        return NULL;
}

static void lock(int ring)
{
        static struct update update;
        pthread_t thread;

        update = (struct update){.ring = ring, .page = endless_page()};
        zoo_check(-pthread_create(&thread, NULL, update_for_ever, &update), "pthread_create");
        /* Long enough for a system call to begin. */
        usleep(100000);
}

/* What the program is called with, opened inside. */
static int open_inside(struct zoo *z)
{
        int fd;

        if (zoo_is(z, "tun"))
                return zoo_tun(NULL);
        if (zoo_is(z, "nsfs"))
                return zoo_check(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC), "ns/net");
        if (zoo_is(z, "proc-net"))
                return zoo_check(open("/proc/thread-self/net/tcp", O_RDONLY | O_CLOEXEC),
                                 "net/tcp");
        fd = zoo_check(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket(AF_UNIX)");
        if (!zoo_is(z, "unix-queue") && !zoo_is(z, "request"))
                z->socket_inode = zoo_inode(fd);
        return fd;
}

/* Another socket, of our own namespace, with @fd in its queue. */
static int into_queue(int fd)
{
        int pair[2];

        zoo_check(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair), "socketpair");
        zoo_send_fds(pair[0], &fd, 1);
        close(pair[0]);
        close(fd);
        return pair[1];
}

static void hide_ring(struct zoo *z, const struct io_uring_params *p)
{
        struct io_uring_rsrc_update own = {.offset = UINT32_MAX, .data = (uint64_t)z->fd};

        if (zoo_is(z, "mapped"))
                (void)map(z->fd, p->sq_off.array + p->sq_entries * sizeof(unsigned),
                          IORING_OFF_SQ_RING);
        else if (zoo_is(z, "registered"))
                zoo_available((int)syscall(SYS_io_uring_register, z->fd, IORING_REGISTER_RING_FDS,
                                           &own, 1),
                              "IORING_REGISTER_RING_FDS");
        else
                return;
        close(z->fd);
        z->fd = -1;
}

int main(int argc, char **argv)
{
        static const char *const variations[] = {"file",       "tun",        "nsfs",    "proc-net",
                                                 "locked",     "unix-queue", "request", "mapped",
                                                 "registered", NULL};
        struct io_uring_params params = {0};
        struct zoo z;

        zoo_start(&z, argc, argv, variations);
        z.fd = zoo_available((int)syscall(SYS_io_uring_setup, 1, &params), "io_uring_setup");
        zoo_enter(&z);
        int fd = open_inside(&z);
        if (zoo_is(&z, "request"))
                submit_poll(z.fd, &params, fd);
        zoo_leave(&z);
        if (zoo_is(&z, "unix-queue"))
                fd = into_queue(fd);
        if (!zoo_is(&z, "request"))
                zoo_check((int)syscall(SYS_io_uring_register, z.fd, IORING_REGISTER_FILES, &fd, 1),
                          "IORING_REGISTER_FILES");
        close(fd);
        hide_ring(&z, &params);
        if (zoo_is(&z, "locked"))
                lock(z.fd);
        zoo_tell(&z);
        zoo_wait();
        _exit(0);
}
