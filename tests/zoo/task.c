/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Row 1: a task is in it. "leader": the process itself. "thread": one thread alone, its leader
 * elsewhere, so that a look at /proc/PID/ns/net misses it. Attached. */
#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>

#include "zoo.h"

static sem_t entered;

static _Noreturn void *live_inside(void *userdata)
{
        struct zoo *z = userdata;

        zoo_enter(z);
        z->tid = gettid();
        close(z->home);
        sem_post(&entered);
        for (;;)
                pause();
}

int main(int argc, char **argv)
{
        static const char *const variations[] = {"leader", "thread", NULL};
        struct zoo z;
        pthread_t thread;

        zoo_start(&z, argc, argv, variations);
        if (zoo_is(&z, "thread")) {
                sem_init(&entered, 0, 0);
                pthread_create(&thread, NULL, live_inside, &z);
                sem_wait(&entered);
        } else {
                zoo_enter(&z);
                close(z.home);
        }
        zoo_tell(&z);
        zoo_wait();
        return 0;
}
