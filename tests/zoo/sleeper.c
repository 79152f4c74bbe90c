/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A process that sleeps all the while gets a socket of a fresh namespace from elsewhere; and of
 * another one with each act, though it has not run in between.
 *
 * "seccomp": into its fd table, by the supervisor of the system call it sleeps in (Linux 5.9).
 * "accept": into its fd table, by an accept that waits in its io_uring.
 * "queue": into the queue of a unix socket of its own.
 * "ring": into the registered files of its io_uring, by a message of another ring (Linux 6.0). */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/io_uring.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "zoo.h"

/* include/uapi/linux/io_uring.h, 6.0; Debian 12's own header is older. */
#define OP_MSG_RING    40
#define MSG_SEND_FD    1
#define REGISTERED_MAX 16

struct sleeper {
        pid_t pid;
        int channel;        /* queue: our end; seccomp: where the listener comes through */
        int ring;           /* ring: the number that the sleeper has it under */
        int queue;          /* queue: likewise its end */
        int listener;       /* seccomp */
        __u64 notification; /* seccomp: the call that it sleeps in */
        const char *path;   /* accept: of the socket that it listens on */
        unsigned acts;
};

static void *map(int ring, size_t size, off_t offset)
{
        void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, ring, offset);

        if (p == MAP_FAILED)
                zoo_check(-1, "mmap of the ring");
        return p;
}

/* Submits copies of an entry; leaves no mapping behind. */
static void submit(int ring, const struct io_uring_params *p, const struct io_uring_sqe *entry,
                   unsigned n)
{
        size_t size = p->sq_off.array + p->sq_entries * sizeof(unsigned);
        char *queue = map(ring, size, IORING_OFF_SQ_RING);
        struct io_uring_sqe *entries = map(ring, p->sq_entries * sizeof(*entry), IORING_OFF_SQES);

        for (unsigned i = 0; i < n; i++) {
                entries[i] = *entry;
                ((unsigned *)(void *)(queue + p->sq_off.array))[i] = i;
        }
        __atomic_store_n((unsigned *)(void *)(queue + p->sq_off.tail), n, __ATOMIC_RELEASE);
        zoo_check((int)syscall(SYS_io_uring_enter, ring, n, 0, 0, NULL, 0), "io_uring_enter");
        munmap(queue, size);
        munmap(entries, p->sq_entries * sizeof(*entry));
}

/* In the sleeper: asks for a system call that somebody else answers, and never gets the answer. */
static _Noreturn void sleep_supervised(int channel)
{
        struct sock_filter filter[] = {
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        };
        struct sock_fprog program = {.len = sizeof(filter) / sizeof(filter[0]), .filter = filter};

        zoo_check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl(PR_SET_NO_NEW_PRIVS)");
        int listener = zoo_available((int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                                                  SECCOMP_FILTER_FLAG_NEW_LISTENER, &program),
                                     "seccomp(SECCOMP_FILTER_FLAG_NEW_LISTENER)");
        zoo_send_fds(channel, &listener, 1);
        close(listener);
        close(channel);
        (void)syscall(SYS_getppid);
        _exit(EXIT_FAILURE);
}

static _Noreturn void sleep_in_accept(int listener, int ready)
{
        struct io_uring_params params = {0};
        struct io_uring_sqe entry = {.opcode = IORING_OP_ACCEPT, .fd = listener};
        int ring = zoo_available((int)syscall(SYS_io_uring_setup, REGISTERED_MAX, &params),
                                 "io_uring_setup");

        submit(ring, &params, &entry, REGISTERED_MAX);
        close(ready);
        for (;;)
                pause();
}

/* The child's side. It closes @ready when its fd table stays as it is. */
static _Noreturn void sleep_for_good(const struct zoo *z, int channel, int ready)
{
        zoo_check(prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl(PR_SET_PDEATHSIG)");
        close(STDIN_FILENO);
        if (zoo_is(z, "seccomp")) {
                close(ready);
                sleep_supervised(channel);
        }
        if (zoo_is(z, "accept"))
                sleep_in_accept(channel, ready);
        close(ready);
        for (;;)
                pause();
}

static void start_sleeper(const struct zoo *z, struct sleeper *s)
{
        static char path[64];
        int pair[2] = {-1, -1}, child = -1, ready[2];
        char byte;

        s->ring = -1;
        if (zoo_is(z, "ring")) {
                struct io_uring_params params = {0};
                int slots[REGISTERED_MAX];

                memset(slots, 0xff, sizeof(slots));
                s->ring = zoo_available((int)syscall(SYS_io_uring_setup, 4, &params),
                                        "io_uring_setup");
                zoo_check((int)syscall(SYS_io_uring_register, s->ring, IORING_REGISTER_FILES, slots,
                                       REGISTERED_MAX),
                          "IORING_REGISTER_FILES");
        } else if (zoo_is(z, "accept")) {
                child = zoo_listen(path);
                s->path = path;
        } else {
                zoo_check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), "socketpair");
                s->channel = pair[0];
                child = pair[1];
        }
        zoo_check(pipe2(ready, O_CLOEXEC), "pipe");
        s->pid = zoo_check(fork(), "fork");
        if (s->pid == 0) {
                close(ready[0]);
                if (pair[0] >= 0)
                        close(pair[0]);
                sleep_for_good(z, child, ready[1]);
        }
        close(ready[1]);
        zoo_check((int)read(ready[0], &byte, 1), "waiting for the sleeper");
        close(ready[0]);
        s->queue = child;
        if (child >= 0)
                close(child);
        if (s->ring >= 0)
                close(s->ring);
}

/* The listener that the sleeper has sent, and the call that it sleeps in by now. */
static void hear_of_call(struct sleeper *s)
{
        union {
                char bytes[CMSG_SPACE(sizeof(int))];
                struct cmsghdr align;
        } control = {0};
        char byte;
        struct iovec iov = {.iov_base = &byte, .iov_len = 1};
        struct msghdr message = {.msg_iov = &iov,
                                 .msg_iovlen = 1,
                                 .msg_control = control.bytes,
                                 .msg_controllen = sizeof(control.bytes)};
        struct seccomp_notif notification = {0};

        ssize_t n = zoo_check((int)recvmsg(s->channel, &message, MSG_CMSG_CLOEXEC), "recvmsg");
        if (n == 0)
                exit(ZOO_EXIT_UNAVAILABLE); /* the sleeper has said why */
        memcpy(&s->listener, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(int));
        zoo_check(ioctl(s->listener, SECCOMP_IOCTL_NOTIF_RECV, &notification),
                  "SECCOMP_IOCTL_NOTIF_RECV");
        s->notification = notification.id;
}

/* The inode number of what the sleeper has open under a number, 0 for nothing. */
static uint64_t open_file(const struct sleeper *s, int fd)
{
        char path[64];
        struct stat st;

        snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)s->pid, fd);
        return stat(path, &st) < 0 ? 0 : st.st_ino;
}

/* Where the next file will be in the sleeper's fd table. */
static int lowest_free_fd(const struct sleeper *s)
{
        int fd = 0;

        while (open_file(s, fd) != 0)
                fd++;
        return fd;
}

/* The sleeper's ring is the sleeper's alone: we have it only while we send something there. */
static void send_by_ring(const struct sleeper *s, int fd)
{
        int pidfd = zoo_check((int)syscall(SYS_pidfd_open, s->pid, 0), "pidfd_open");
        int ring = zoo_check((int)syscall(SYS_pidfd_getfd, pidfd, s->ring, 0), "pidfd_getfd");
        struct io_uring_params params = {0};
        struct io_uring_sqe entry = {
                .opcode = OP_MSG_RING,
                .fd = ring,
                .addr = MSG_SEND_FD,
                .file_index = s->acts + 1, /* of the slot there, counted from 1 */
        };
        int own = zoo_check((int)syscall(SYS_io_uring_setup, 4, &params), "io_uring_setup");

        zoo_check((int)syscall(SYS_io_uring_register, own, IORING_REGISTER_FILES, &fd, 1),
                  "IORING_REGISTER_FILES");
        submit(own, &params, &entry, 1);

        size_t size = params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe);
        char *queue = map(own, size, IORING_OFF_CQ_RING);
        struct io_uring_cqe *done = (void *)(queue + params.cq_off.cqes);
        errno = done->res < 0 ? -done->res : 0;
        zoo_available(done->res, "IORING_OP_MSG_RING");
        munmap(queue, size);
        close(own);
        close(ring);
        close(pidfd);
}

/* Gives the sleeper a socket of a fresh namespace. */
static void give(struct zoo *z, struct sleeper *s)
{
        int lowest = zoo_is(z, "accept") || zoo_is(z, "seccomp") ? lowest_free_fd(s) : -1;

        zoo_enter(z);
        int fd = zoo_is(z, "accept") ? zoo_connect(s->path)
                                     : zoo_check(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0),
                                                 "socket(AF_UNIX)");
        zoo_leave(z);
        z->socket_inode = zoo_inode(fd);
        if (zoo_is(z, "queue")) {
                zoo_send_fds(s->channel, &fd, 1);
                z->fd = s->queue;
        } else if (zoo_is(z, "ring")) {
                send_by_ring(s, fd);
                z->fd = s->ring;
        } else if (zoo_is(z, "seccomp")) {
                struct seccomp_notif_addfd add = {
                        .id = s->notification, .srcfd = (unsigned)fd, .newfd_flags = O_CLOEXEC};
                z->fd = zoo_available(ioctl(s->listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add),
                                      "SECCOMP_IOCTL_NOTIF_ADDFD");
        } else {
                while (open_file(s, lowest) == 0)
                        usleep(1000);
                z->fd = lowest;
                z->socket_inode = open_file(s, lowest);
        }
        close(fd);
        s->acts++;
}

int main(int argc, char **argv)
{
        static const char *const variations[] = {"seccomp", "accept", "queue", "ring", NULL};
        struct sleeper s = {0};
        struct zoo z;

        zoo_start(&z, argc, argv, variations);
        start_sleeper(&z, &s);
        z.pid = s.pid;
        if (zoo_is(&z, "seccomp"))
                hear_of_call(&s);
        do {
                give(&z, &s);
                zoo_tell(&z);
        } while (s.acts < REGISTERED_MAX && zoo_next_act());
        if (s.path)
                zoo_unlink(s.path);
        kill(s.pid, SIGKILL);
        return 0;
}
