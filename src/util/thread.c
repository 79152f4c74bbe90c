/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/thread.h"

#include <pthread.h>
#include <signal.h>

int thread_start_detached(void *(*fn)(void *userdata), void *userdata, size_t stack_size)
{
        pthread_attr_t attr;
        pthread_t thread;
        sigset_t all, before;

        int r = pthread_attr_init(&attr);
        if (r > 0)
                return -r;
        (void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
        (void)pthread_attr_setstacksize(&attr, stack_size);
        (void)sigfillset(&all);
        (void)pthread_sigmask(SIG_SETMASK, &all, &before);
        r = pthread_create(&thread, &attr, fn, userdata);
        (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
        (void)pthread_attr_destroy(&attr);
        return -r;
}
