/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A signal to the calling thread, ten times a second, which does nothing but end a system call that
 * waits. A thread that duplicates the sockets of others may come to close the last of them, and
 * close(2) then waits for as long as SO_LINGER says (socket(7)), which others choose; a signal ends
 * that wait (net/core/stream.c, sk_stream_wait_close()), and the socket goes on by itself. */

#include <signal.h>
#include <stdbool.h>
#include <time.h>

struct pulse {
        timer_t timer;
        bool beats; /* false: this kernel has no timer for us */
        sigset_t mask;
};

/* Begins, for the calling thread. Never fails: without a timer nothing beats. */
void pulse_start(struct pulse *p);
/* Ends, in the same thread. */
void pulse_stop(struct pulse *p);
