/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A socket that changes hands at the next act: what held it holds it no more, and the namespace
 * goes on living by the same socket elsewhere. */
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "zoo.h"

static int make(const struct zoo *z)
{
        const struct tpacket_req ring = {
                .tp_block_size = 4096, .tp_block_nr = 1, .tp_frame_size = 2048, .tp_frame_nr = 2};

        if (!zoo_is(z, "mapping"))
                return zoo_check(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0), "socket");
        int fd = zoo_check(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), "socket(AF_PACKET)");
        zoo_check(setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &ring, sizeof(ring)),
                  "PACKET_RX_RING");
        return fd;
}

/* In a message of one byte, or of none, which shows in no count of bytes. */
static void send_away(int fd, int type)
{
        union {
                char bytes[CMSG_SPACE(sizeof(int))];
                struct cmsghdr align;
        } control = {.align = {.cmsg_level = SOL_SOCKET,
                               .cmsg_type = SCM_RIGHTS,
                               .cmsg_len = CMSG_LEN(sizeof(int))}};
        const struct msghdr message = {.msg_control = control.bytes,
                                       .msg_controllen = sizeof(control.bytes)};
        int pair[2];

        zoo_check(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, pair), "socketpair");
        *(int *)(void *)CMSG_DATA(&control.align) = fd;
        if (type == SOCK_STREAM)
                zoo_send_fds(pair[0], &fd, 1);
        else
                zoo_check((int)sendmsg(pair[0], &message, 0), "sendmsg");
}

static _Noreturn void *keep(void *userdata)
{
        pthread_barrier_t *kept = userdata;

        zoo_check(unshare(CLONE_FILES), "unshare(CLONE_FILES)");
        pthread_barrier_wait(kept);
        for (;;)
                pause();
}

static void give_to_thread(void)
{
        static pthread_barrier_t kept;
        pthread_t thread;

        pthread_barrier_init(&kept, NULL, 2);
        zoo_check(-pthread_create(&thread, NULL, keep, &kept), "pthread_create");
        pthread_barrier_wait(&kept);
}

static void give_to_child(void)
{
        if (zoo_check(fork(), "fork") > 0)
                return;
        zoo_check(prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl(PR_SET_PDEATHSIG)");
        for (;;)
                pause();
}

int main(int argc, char **argv)
{
        static const char *const variations[] = {"flight", "empty-flight", "thread",
                                                 "child",  "mapping",      NULL};
        struct zoo z;

        zoo_start(&z, argc, argv, variations);
        zoo_enter(&z);
        z.fd = make(&z);
        z.socket_inode = zoo_inode(z.fd);
        zoo_leave(&z);
        zoo_tell(&z);
        if (!zoo_next_act())
                return 0;
        if (zoo_is(&z, "flight"))
                send_away(z.fd, SOCK_STREAM);
        else if (zoo_is(&z, "empty-flight"))
                send_away(z.fd, SOCK_SEQPACKET);
        else if (zoo_is(&z, "thread"))
                give_to_thread();
        else if (zoo_is(&z, "child"))
                give_to_child();
        else if (mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, z.fd, 0) == MAP_FAILED)
                zoo_check(-1, "mmap");
        close(z.fd);
        z.fd = -1;
        zoo_tell(&z);
        zoo_wait();
        return 0;
}
