/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What makes a thread that another process has call something go on by itself, whatever becomes of
 * that other process: the same that the kernel puts on a stack before it runs a signal's handler.
 * The "handler" is a `syscall; ret` somewhere in the program's code, and what it returns to is the
 * `rt_sigreturn` there, which gives the thread all its registers back. x86-64 only. */

#include <stddef.h>
#include <stdint.h>

#include "util/macro.h"

/* Most bytes that a frame takes. */
#define INJECT_FRAME_MAX 16384
/* More than the state of the vector unit in it, with all that aligning takes. */
#define INJECT_FRAME_MORE 1024

struct inject_frame {
        uint64_t address; /* where it is to be, and what the stack pointer is set to for a call */
        size_t size;
        unsigned char bytes[INJECT_FRAME_MAX];
};

#ifdef __x86_64__
#include <sys/user.h>

/* Makes the frame of a thread that goes on with @regs and the signal mask @mask, for the memory
 * below @top, which returns to the code @restore (inject-code.h). @state is its state of the vector
 * unit as ptrace(2) has it (NT_X86_XSTATE, or 512 bytes of PTRACE_GETFPREGS). 0, or -EOPNOTSUPP
 * when it has what does not fit. */
int inject_frame_make(struct inject_frame *f, const struct user_regs_struct *regs, uint64_t mask,
                      const void *state, size_t state_size, uint64_t restore, uint64_t top);
#endif
