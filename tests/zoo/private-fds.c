/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Row 7: a socket in the private fd table of one thread: /proc/PID/fd, which is the leader's,
 * does not have it, /proc/PID/task/TID/fd does. Orphaned on 6.9 and newer, where a thread's pidfd
 * leads to it; before, its holder's namespace cannot be read. */
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <sys/socket.h>
#include <unistd.h>

#include "zoo.h"

static sem_t made;

static _Noreturn void *hold(void *userdata)
{
        struct zoo *z = userdata;

        z->tid = gettid();
        zoo_check(unshare(CLONE_FILES), "unshare(CLONE_FILES)");
        zoo_enter(z);
        z->fd = zoo_check(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket(AF_INET)");
        z->socket_inode = zoo_inode(z->fd);
        zoo_leave(z);
        sem_post(&made);
        for (;;)
                pause();
}

int main(int argc, char **argv)
{
        struct zoo z;
        pthread_t thread;

        zoo_start(&z, argc, argv, NULL);
        sem_init(&made, 0, 0);
        pthread_create(&thread, NULL, hold, &z);
        sem_wait(&made);
        zoo_tell(&z);
        zoo_wait();
        return 0;
}
