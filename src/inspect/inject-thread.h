/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A thread of another process that is stopped by ptrace(2). The thread that stops it is its tracer:
 * all of this is for that one, and when it ends the kernel lets go of what it traces. x86-64 only.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "util/error.h"

struct user_regs_struct;

struct inject_thread {
        pid_t tid;
        bool lost; /* it has ended, or does not stop: nothing more can be done with it */
        uint64_t since_nsec, stopped_nsec;
};

/* What a thread that was stopped in a system call goes on with. */
enum inject_restart {
        INJECT_RESTART_NONE,   /* the call is over: its result stays */
        INJECT_RESTART_KERNEL, /* the kernel calls again, with the same arguments */
        INJECT_RESTART_BLOCK,  /* the kernel calls again for what is left of a time */
        INJECT_RESTART_OURS,   /* the call says EINTR, and nobody but us interrupted it */
};

/* How the call @number goes on that has @result, with or without a signal that waits. */
enum inject_restart inject_thread_restart(uint64_t number, long result, bool has_signal);

/* Stops it where it goes back to user space. 0, -EAGAIN when it did not in time, or another
 * negative errno; with a clause that goes on from "it ". */
int inject_thread_stop(struct inject_thread *t, pid_t tid, struct error *error);

/* Lets it go on, no longer traced. */
void inject_thread_let_go(struct inject_thread *t);

/* A set of registers (PTRACE_GETREGSET). 0 or a negative errno, as all below. */
int inject_thread_get(struct inject_thread *t, unsigned set, struct iovec *v);
int inject_thread_set(struct inject_thread *t, const struct user_regs_struct *regs);

int inject_thread_get_mask(struct inject_thread *t, uint64_t *ret);
int inject_thread_set_mask(struct inject_thread *t, uint64_t mask);
int inject_thread_block_signals(struct inject_thread *t);

/* Whether a signal waits for it. */
bool inject_thread_has_signal(const struct inject_thread *t);

/* Refuses one whose system calls do not go to the kernel (PR_SET_SYSCALL_USER_DISPATCH), or one in
 * a sequence that must not be interrupted (rseq(2)). With a clause as above. */
int inject_thread_check_calls(struct inject_thread *t, struct error *error);
int inject_thread_check_rseq(struct inject_thread *t, struct error *error);

/* Lets it make the one system call that its registers are set for. @check, which may be NULL, is
 * called just before the kernel does it, and stops that with a negative errno. The result of the
 * call; @r gets 0, or why it was not made. */
long inject_thread_call(struct inject_thread *t, int (*check)(void *userdata), void *userdata,
                        int *r);

/* From behind a system call to where a thread stops before it goes back to user space. */
int inject_thread_interrupt(struct inject_thread *t);
