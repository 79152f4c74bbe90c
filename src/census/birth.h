/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The birth certificate of a socket (a tun's and a tap's file is one, too): which process opened
 * it, when, and from where in its program. It is noted by the kernel when the socket is made
 * (src/trace) and belongs to the holder that the socket is. A value that all its holders share, and
 * censuses, the ledger and the tracer, each in its own thread: it never changes once it has a
 * second owner. Every string in it is escaped and safe to print. */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/macro.h"

/* Of which sockets births are noted. */
#define BIRTH_TRACES(X)                                                                            \
        X(NO, "no")           /* of none */                                                        \
        X(FOREIGN, "foreign") /* made in a namespace that is not the process's own */              \
        X(YES, "yes")         /* of all outside of the host's namespace */

enum birth_trace {
#define X(symbol, word) BIRTH_TRACE_##symbol,
        BIRTH_TRACES(X)
#undef X
                _BIRTH_TRACE_MAX,
};

const char *birth_trace_to_string(enum birth_trace trace);
int birth_trace_from_string(const char *s); /* enum birth_trace or -EINVAL */

/* How many frames are noted; what called them is left out. */
#define BIRTH_FRAMES_MAX 32

/* Hexadecimal digits of a build id: SHA-1 is the longest in use. */
#define BIRTH_BUILD_ID_MAX 40

/* One frame of the stack of the thread that opened the socket. */
struct birth_frame {
        char *function;  /* its name, as the symbol table has it; NULL: not known */
        char *file;      /* the mapped file, as the process sees its path; NULL: not known */
        uint64_t offset; /* in that file, of the return address; where it is not known, the address
                            in the process */
        char build_id[BIRTH_BUILD_ID_MAX + 1]; /* "" where it has none, or it is not known */
};

struct birth {
        atomic_uint n_more_owners; /* besides the first */
        pid_t pid, tid;            /* as nsorphand's pid namespace has them; 0: in none it sees */
        uint64_t start_nsec;       /* of the process, since boot: with the pid, names it for good */
        uint64_t stack_start;      /* proc_stat's, of the program it ran then; 0: not noted */
        uid_t uid;                 /* the process's own, as the initial user namespace has it */
        char *comm;                /* of the process, at that moment */
        char *thread;              /* of the thread; NULL: it is the main thread */
        char *unit;                /* systemd unit; NULL for none, or its control group is gone */
        uint64_t opened_usec;      /* CLOCK_REALTIME, to show */
        uint64_t opened_boot_usec; /* CLOCK_BOOTTIME, to subtract */
        bool accepted;             /* it accepted a connection, the socket was made for */
        struct birth_frame *frames; /* innermost first */
        size_t n_frames;
};

/* One with nothing in it, NULL when out of memory. */
struct birth *birth_new(void);

/* In ticks, as field 22 of /proc/PID/stat has the start of its process; 0: not known. */
uint64_t birth_start_ticks(const struct birth *b);

/* Whether one process opened both, at one place of its program: all but the time is the same. */
bool birth_same_place(const struct birth *a, const struct birth *b);

/* Frees all its frames: it has none then. */
void birth_drop_frames(struct birth *b);

/* A copy of @f. 0, or -ENOMEM with *ret to be freed all the same. */
int birth_copy_frame(struct birth_frame *ret, const struct birth_frame *f);

/* One more owner of @b, which may be NULL. Returns @b. */
struct birth *birth_ref(struct birth *b);

/* One owner less of @b, which may be NULL. Returns NULL. */
struct birth *birth_unref(struct birth *b);
DEFINE_CLEANUP(struct birth *, birth_unref);
