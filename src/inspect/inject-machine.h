/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What `release` has to know of an architecture: its registers, its code for system calls, and what
 * its kernel puts on a stack before it runs a signal's handler.
 *
 * The latter makes a thread that another process has call something go on by itself, whatever
 * becomes of that other process. The "handler" is a system call and a return somewhere in the
 * program's code, and what it returns to is the rt_sigreturn(2) there, which gives the thread all
 * its registers back. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inspect/inject-thread.h"
#include "util/error.h"

/* Code that a process has already: nothing is written into its code. */
struct inject_code {
        uint64_t call;    /* a system call; a return */
        uint64_t restore; /* a call of rt_sigreturn(2) */
};

struct inject_bytes {
        unsigned char bytes[12];
        size_t n;
};

/* General registers, as ptrace(2) has them (NT_PRSTATUS). */
struct inject_registers {
        uint64_t words[34];
};

/* The state of the vector unit, of which only its architecture knows the parts. */
struct inject_vectors {
        unsigned char bytes[12288];
        size_t size;
};

/* What a thread was doing when it was stopped, at a stop on its way to user space. */
struct inject_found {
        struct inject_registers registers; /* what it goes on with at that stop */
        struct inject_registers by_itself; /* the same, without us and the kernel's own state */
        struct inject_vectors vectors;
        enum inject_restart restart;
        long result; /* of the system call that was interrupted: if it goes on by a restart */
        uint64_t mask;
};

/* Most bytes that a frame takes. */
#define INJECT_FRAME_MAX 16384

struct inject_frame {
        uint64_t address; /* where it is to be, and what the stack pointer is set to for a call */
        size_t size;
        unsigned char bytes[INJECT_FRAME_MAX];
};

struct inject_machine {
        struct inject_bytes call, restore;
        size_t alignment; /* of code */
        size_t registers_size;

        /* What it was doing: all of @ret but the mask. -EAGAIN when it cannot be used now. */
        int (*find)(struct inject_thread *t, struct inject_found *ret, struct error *error);
        uint64_t (*stack_pointer)(const struct inject_registers *registers);

        /* At most so much a frame takes. */
        size_t (*frame_room)(const struct inject_vectors *vectors);
        /* The frame of what was found, for the memory below @top. 0, or -EOPNOTSUPP when there is
         * what does not fit. */
        int (*make_frame)(struct inject_frame *f, const struct inject_found *found,
                          uint64_t restore, uint64_t top);

        /* For a system call with its number and three arguments, at @code, with a frame at @sp. */
        void (*set_call)(struct inject_registers *registers, const struct inject_code *code,
                         uint64_t sp, const uint64_t *words);
        long (*result)(const struct inject_registers *registers);
        /* At the entry of a call: another one is made. -1: none. */
        int (*set_number)(struct inject_thread *t, int number);

        /* From behind a system call of ours to where the thread was found, with the mask and the
         * registers that it had. It is to be let go then. */
        int (*go_back)(struct inject_thread *t, const struct inject_found *found,
                       const struct inject_code *code, const struct inject_frame *frame);
};

/* That of the running kernel; NULL when none is known. */
const struct inject_machine *inject_machine(void);

extern const struct inject_machine inject_x86, inject_arm64;
