/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/pulse.h"

#include <sys/syscall.h>
#include <unistd.h>

#define PULSE_NSEC 100000000L

/* Nobody else's: glibc keeps its own real-time signals below SIGRTMIN. */
#define PULSE_SIGNAL (SIGRTMIN + 3)

/* glibc has no name for it before 2.39. */
#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

static void beat(int signal)
{
}

void pulse_start(struct pulse *p)
{
        /* Without SA_RESTART: the call that waits is to end. */
        const struct sigaction action = {.sa_handler = beat};
        const struct itimerspec often = {{0, PULSE_NSEC}, {0, PULSE_NSEC}};
        struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = PULSE_SIGNAL};
        sigset_t ours;

        event.sigev_notify_thread_id = (pid_t)syscall(SYS_gettid);
        (void)sigemptyset(&ours);
        (void)sigaddset(&ours, PULSE_SIGNAL);
        p->beats = sigaction(PULSE_SIGNAL, &action, NULL) == 0 &&
                   timer_create(CLOCK_MONOTONIC, &event, &p->timer) == 0;
        if (!p->beats)
                return;
        (void)pthread_sigmask(SIG_UNBLOCK, &ours, &p->mask);
        (void)timer_settime(p->timer, 0, &often, NULL);
}

void pulse_stop(struct pulse *p)
{
        if (!p->beats)
                return;
        (void)timer_delete(p->timer);
        (void)pthread_sigmask(SIG_SETMASK, &p->mask, NULL);
        p->beats = false;
}
