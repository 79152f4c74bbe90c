/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The few macros every file uses: ownership, sizes. */

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

/* clang takes a variable that is only there to be cleaned up for an unused one. */
#define _cleanup_(f)   __attribute__((cleanup(f), unused))
#define _printf_(a, b) __attribute__((format(printf, a, b)))

/* The text of what a macro stands for. */
#define STRINGIFY_(x) #x
#define STRINGIFY(x)  STRINGIFY_(x)

#define ARRAY_SIZE(x) (sizeof(x) / sizeof((x)[0]))
#define MAX(a, b)     ((a) > (b) ? (a) : (b))
#define MIN(a, b)     ((a) < (b) ? (a) : (b))

#define USEC_PER_SEC  UINT64_C(1000000)
#define USEC_PER_MSEC UINT64_C(1000)
#define NSEC_PER_USEC UINT64_C(1000)
#define NSEC_PER_SEC  UINT64_C(1000000000)

/* Gives away what a cleanup variable holds: returns its value and disarms it. */
#define TAKE_PTR(p)                                                                                \
        ({                                                                                         \
                typeof(p) *taken_ = &(p);                                                          \
                typeof(p) value_ = *taken_;                                                        \
                *taken_ = NULL;                                                                    \
                value_;                                                                            \
        })

#define TAKE_FD(fd)                                                                                \
        ({                                                                                         \
                int *taken_ = &(fd);                                                               \
                int value_ = *taken_;                                                              \
                *taken_ = -EBADF;                                                                  \
                value_;                                                                            \
        })

/* Makes `_cleanup_(NAMEp)` out of a function that frees a TYPE * and accepts NULL. */
#define DEFINE_CLEANUP(type, free_function)                                                        \
        static inline void free_function##p(type *p)                                               \
        {                                                                                          \
                if (*p)                                                                            \
                        free_function(*p);                                                         \
        }                                                                                          \
        struct cleanup_##free_function##_semicolon

static inline void freep(void *p)
{
        free(*(void **)p);
}
#define _cleanup_free_ _cleanup_(freep)

/* Closes @fd unless it is negative, keeping errno. Returns -EBADF, to be assigned back. */
static inline int fd_close(int fd)
{
        if (fd >= 0) {
                int saved = errno;
                (void)close(fd);
                errno = saved;
        }
        return -EBADF;
}

static inline void fd_closep(int *fd)
{
        fd_close(*fd);
}
#define _cleanup_close_ _cleanup_(fd_closep)

/* The negative errno of the call that has just failed; never 0. */
static inline int negative_errno(void)
{
        return errno > 0 ? -errno : -EIO;
}
