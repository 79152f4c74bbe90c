/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Row 10: an AF_PACKET receive ring, mapped, its fd closed. The mapping holds the socket; what
 * shows is "socket:[N]" in /proc/PID/maps, and no way from there to the namespace. "leader": and
 * the process's first thread has ended, whose maps are empty then. */
#include <linux/if_packet.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "zoo.h"

static struct zoo z; /* outlives the first thread's stack */

static void hold(void)
{
        struct tpacket_req ring = {
                .tp_block_size = (unsigned)getpagesize(),
                .tp_block_nr = 1,
                .tp_frame_size = (unsigned)getpagesize(),
                .tp_frame_nr = 1,
        };

        zoo_enter(&z);
        int fd = zoo_available(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), "socket(AF_PACKET)");
        zoo_check(setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &ring, sizeof(ring)),
                  "PACKET_RX_RING");
        if (mmap(NULL, ring.tp_block_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED)
                zoo_check(-1, "mmap");
        z.socket_inode = zoo_inode(fd);
        close(fd);
        zoo_leave(&z);
        zoo_tell(&z);
        zoo_wait();
}

static void *second_thread(void *userdata)
{
        zoo_check(prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl(PR_SET_PDEATHSIG)");
        while (!zoo_leader_is_zombie())
                usleep(1000);
        z.tid = gettid();
        hold();
        _exit(0);
}

int main(int argc, char **argv)
{
        static const char *const variations[] = {"plain", "leader", NULL};
        pthread_t thread;

        zoo_start(&z, argc, argv, variations);
        if (zoo_is(&z, "leader")) {
                zoo_check(-pthread_create(&thread, NULL, second_thread, NULL), "pthread_create");
                pthread_exit(NULL);
        }
        hold();
        return 0;
}
