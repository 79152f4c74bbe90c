/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A thread of another process that is stopped by ptrace(2). The thread that stops it is its tracer:
 * all of this is for that one, and when it ends the kernel lets go of what it traces. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/error.h"

struct inject_thread {
        pid_t tid;
        bool lost; /* it has ended, or does not stop: nothing more can be done with it */
        uint64_t since_nsec, stopped_nsec;
};

/* include/linux/errno.h: ERESTARTNOHAND. A call with this result is made again, unless a handler of
 * a signal has run: then its result is EINTR. Only the kernel sees it, and a tracer. */
#define INJECT_RESTART_NO_HANDLER 514

/* What a thread that was stopped in a system call goes on with. */
enum inject_restart {
        INJECT_RESTART_NONE,   /* the call is over: its result stays */
        INJECT_RESTART_KERNEL, /* the kernel calls again, with the same arguments */
        INJECT_RESTART_BLOCK,  /* the kernel calls again for what is left of a time */
        INJECT_RESTART_OURS,   /* the call says EINTR, and nobody but us interrupted it */
};

/* How the call @number goes on that has @result, with or without a signal that waits. */
enum inject_restart inject_thread_restart(uint64_t number, long result, bool has_signal);

/* Whether the call @number can be interrupted at any moment, and go on as that says. Not all such
 * calls. */
bool inject_thread_may_restart(uint64_t number);

/* Stops it where it goes back to user space. 0, -EAGAIN when it did not in time, or another
 * negative errno; with a clause that goes on from "it ". */
int inject_thread_stop(struct inject_thread *t, pid_t tid, struct error *error);

/* Lets it go on, no longer traced. */
void inject_thread_let_go(struct inject_thread *t);

/* Any request of ptrace(2) to it. Its result or a negative errno. */
int inject_thread_request(struct inject_thread *t, int what, uintptr_t address, void *data);

/* A set of registers (PTRACE_GETREGSET), @ret bytes of it. 0 or a negative errno, as all below. */
int inject_thread_get(struct inject_thread *t, unsigned set, void *to, size_t size, size_t *ret);
int inject_thread_set(struct inject_thread *t, unsigned set, const void *from, size_t size);

int inject_thread_get_mask(struct inject_thread *t, uint64_t *ret);
int inject_thread_set_mask(struct inject_thread *t, uint64_t mask);
int inject_thread_block_signals(struct inject_thread *t);

/* Whether a signal waits for it. */
bool inject_thread_has_signal(const struct inject_thread *t);

/* Refuses one whose system calls do not go to the kernel (PR_SET_SYSCALL_USER_DISPATCH), or one in
 * a sequence that must not be interrupted (rseq(2)). With a clause as above. */
int inject_thread_check_calls(struct inject_thread *t, struct error *error);
int inject_thread_check_rseq(struct inject_thread *t, struct error *error);

struct inject_call {
        uint64_t number;
        uint64_t argument; /* the first one */
};

/* Lets it run to the entry of the next system call, and from there to its end. */
int inject_thread_enter(struct inject_thread *t, struct inject_call *ret);
int inject_thread_leave(struct inject_thread *t);

/* From behind a system call to where a thread stops before it goes back to user space. */
int inject_thread_interrupt(struct inject_thread *t);
/* The same for one that has been told to stop already (PTRACE_INTERRUPT). */
int inject_thread_wait(struct inject_thread *t);
