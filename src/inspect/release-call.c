/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/release-call.h"

#include <linux/futex.h>
#include <poll.h>
#include <string.h>
#include <sys/syscall.h>

#include "util/macro.h"

/* Which of the arguments are fds. */
#define FD(i)    (1U << (i))
#define POLL     (1U << 8) /* a list of them, of struct pollfd */
#define SELECT   (1U << 9) /* three sets */
#define NO_FDS   0U
#define LIST_MAX 65536

struct known_call {
        long number;
        const char *name;
        enum release_restart restart;
        unsigned fds;
};

/* Where the kernel says ERESTARTSYS, ERESTARTNOHAND or ERESTART_RESTARTBLOCK to a stop. Of sockets
 * with a time-out it says EINTR (sock_intr_errno()). */
static const struct known_call known_calls[] = {
        {SYS_futex, "futex", RELEASE_RESTART_YES, NO_FDS},
        {SYS_nanosleep, "nanosleep", RELEASE_RESTART_YES, NO_FDS},
        {SYS_clock_nanosleep, "clock_nanosleep", RELEASE_RESTART_YES, NO_FDS},
        {SYS_restart_syscall, "restart_syscall", RELEASE_RESTART_YES, NO_FDS},
        {SYS_wait4, "wait4", RELEASE_RESTART_YES, NO_FDS},
        {SYS_waitid, "waitid", RELEASE_RESTART_YES, NO_FDS},
        {SYS_rt_sigsuspend, "rt_sigsuspend", RELEASE_RESTART_YES, NO_FDS},
        {SYS_ppoll, "ppoll", RELEASE_RESTART_YES, POLL},
        {SYS_pselect6, "pselect6", RELEASE_RESTART_YES, SELECT},
#ifdef SYS_poll
        {SYS_poll, "poll", RELEASE_RESTART_YES, POLL},
        {SYS_select, "select", RELEASE_RESTART_YES, SELECT},
        {SYS_pause, "pause", RELEASE_RESTART_YES, NO_FDS},
        {SYS_epoll_wait, "epoll_wait", RELEASE_RESTART_NO, NO_FDS},
#endif
        {SYS_read, "read", RELEASE_RESTART_BY_FILE, FD(0)},
        {SYS_readv, "readv", RELEASE_RESTART_BY_FILE, FD(0)},
        {SYS_recvfrom, "recvfrom", RELEASE_RESTART_BY_FILE, FD(0)},
        {SYS_recvmsg, "recvmsg", RELEASE_RESTART_BY_FILE, FD(0)},
        {SYS_accept, "accept", RELEASE_RESTART_BY_FILE, FD(0)},
        {SYS_accept4, "accept4", RELEASE_RESTART_BY_FILE, FD(0)},
        {SYS_epoll_pwait, "epoll_pwait", RELEASE_RESTART_NO, NO_FDS},
        {441, "epoll_pwait2", RELEASE_RESTART_NO, NO_FDS},
        {SYS_rt_sigtimedwait, "rt_sigtimedwait", RELEASE_RESTART_NO, NO_FDS},
        {SYS_semtimedop, "semtimedop", RELEASE_RESTART_NO, NO_FDS},
        {SYS_io_getevents, "io_getevents", RELEASE_RESTART_NO, NO_FDS},
        {SYS_sendfile, "sendfile", RELEASE_RESTART_NO, FD(0) | FD(1)},
        {SYS_splice, "splice", RELEASE_RESTART_NO, FD(0) | FD(2)},
        {SYS_tee, "tee", RELEASE_RESTART_NO, FD(0) | FD(1)},
};

static const struct known_call *find(const struct proc_call *call)
{
        for (size_t i = 0; i < ARRAY_SIZE(known_calls); i++)
                if (call->state == PROC_CALL_WAITING &&
                    (uint64_t)known_calls[i].number == call->number)
                        return &known_calls[i];
        return NULL;
}

/* A wait, or a lock of its own; what moves waiters from one to another says EAGAIN or so. */
static bool futex_restarts(uint64_t operation)
{
        switch (operation & FUTEX_CMD_MASK & 0xffffffff) {
        case FUTEX_WAIT:
        case FUTEX_WAIT_BITSET:
        case FUTEX_LOCK_PI:
                return true;
        default:
                return false;
        }
}

enum release_restart release_call_restart(const struct proc_call *call)
{
        const struct known_call *known = find(call);

        if (!known)
                return RELEASE_RESTART_NO;
        if (known->number == SYS_futex && !futex_restarts(call->arguments[1]))
                return RELEASE_RESTART_NO;
        return known->restart;
}

const char *release_call_name(const struct proc_call *call)
{
        const struct known_call *known = find(call);

        return known ? known->name : NULL;
}

/* 1, 0, or a negative errno. */
static int is_polled(const struct proc_call *call, int fd, pid_t pid, release_call_read_fn read)
{
        uint64_t n = call->arguments[1] & 0xffffffff;
        _cleanup_free_ struct pollfd *list = NULL;

        if (n == 0)
                return 0;
        if (n > LIST_MAX)
                return -E2BIG;
        list = calloc(n, sizeof(*list));
        if (!list)
                return -ENOMEM;
        ssize_t got = read(pid, call->arguments[0], list, n * sizeof(*list));
        if (got != (ssize_t)(n * sizeof(*list)))
                return got < 0 ? (int)got : -EFAULT;
        for (uint64_t i = 0; i < n; i++)
                if (list[i].fd == fd)
                        return 1;
        return 0;
}

static int is_selected(const struct proc_call *call, int fd, pid_t pid, release_call_read_fn read)
{
        uint64_t n = call->arguments[0] & 0xffffffff, word;

        if ((uint64_t)fd >= n)
                return 0;
        for (size_t i = 1; i <= 3; i++) {
                if (call->arguments[i] == 0)
                        continue;
                ssize_t got =
                        read(pid, call->arguments[i] + (uint64_t)fd / 64 * 8, &word, sizeof(word));
                if (got != (ssize_t)sizeof(word))
                        return got < 0 ? (int)got : -EFAULT;
                if (word & UINT64_C(1) << (fd % 64))
                        return 1;
        }
        return 0;
}

int release_call_uses(const struct proc_call *call, int fd, pid_t pid, release_call_read_fn read)
{
        const struct known_call *known = find(call);
        /* Of others the first is taken for one: most have it there. */
        unsigned fds = known ? known->fds : FD(0);

        if (call->state != PROC_CALL_WAITING)
                return 0;
        for (unsigned i = 0; i < ARRAY_SIZE(call->arguments); i++)
                if (fds & FD(i) && (uint32_t)call->arguments[i] == (uint32_t)fd)
                        return 1;
        /* The rest of a time is waited for: by poll(2) perhaps, which has the same arguments still.
         * If not, there is no list. */
        if (known && known->number == SYS_restart_syscall)
                return is_polled(call, fd, pid, read) > 0;
        return fds & POLL     ? is_polled(call, fd, pid, read)
               : fds & SELECT ? is_selected(call, fd, pid, read)
                              : 0;
}
