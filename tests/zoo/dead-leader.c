/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Row 8: a socket of a process whose leading thread has exited: a zombie with an empty
 * /proc/PID/fd, while its other thread goes on and holds the socket. Orphaned on 6.9 and newer;
 * before, its holder's namespace cannot be read. */
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "zoo.h"

static void *live_on(void *userdata)
{
        struct zoo *z = userdata;

        zoo_check(prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl(PR_SET_PDEATHSIG)");
        z->tid = gettid();
        while (!zoo_leader_is_zombie())
                usleep(1000);
        zoo_tell(z);
        zoo_wait();
        _exit(0);
}

int main(int argc, char **argv)
{
        static struct zoo z; /* outlives this thread's stack */
        pthread_t thread;

        zoo_start(&z, argc, argv, NULL);
        zoo_enter(&z);
        z.fd = zoo_check(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket(AF_INET)");
        z.socket_inode = zoo_inode(z.fd);
        zoo_leave(&z);
        pthread_create(&thread, NULL, live_on, &z);
        pthread_exit(NULL);
}
