/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/inject-thread.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "proc/open.h"
#include "proc/status.h"
#include "util/clock.h"

/* include/uapi/linux/ptrace.h, 5.13 and 6.4: younger than the headers may be. */
#define GET_RSEQ_CONFIGURATION          0x420f
#define GET_SYSCALL_USER_DISPATCH_STATE 0x4211

/* include/linux/errno.h: results that only the kernel sees, and a tracer. */
#define RESTART_SYS     512
#define RESTART_NO_INTR 513
#define RESTART_BLOCK   516

/* A thread that is in the kernel for longer than this has other troubles, or no processor. */
#define STOP_PATIENCE_NSEC (2 * NSEC_PER_SEC)
#define CALL_PATIENCE_NSEC (5 * NSEC_PER_SEC)

#define SYSCALL_STOP (SIGTRAP | 0x80)

enum stop {
        STOP_EVENT,  /* on its way to user space: by PTRACE_INTERRUPT, or by a group's stop */
        STOP_CALL,   /* at one end of a system call */
        STOP_SIGNAL, /* before a signal is delivered */
};

/* Calls that have done nothing yet when they say EINTR. */
static bool is_harmless(uint64_t number)
{
        switch (number) {
#ifdef SYS_epoll_wait
        case SYS_epoll_wait:
#endif
        case SYS_epoll_pwait:
        case 441: /* epoll_pwait2, 5.11 */
        case SYS_rt_sigtimedwait:
        case SYS_read:
        case SYS_readv:
        case SYS_recvfrom:
        case SYS_recvmsg:
        case SYS_accept:
        case SYS_accept4:
        case SYS_semtimedop:
        case SYS_io_getevents:
                return true;
        default:
                return false;
        }
}

enum inject_restart inject_thread_restart(uint64_t number, long result, bool has_signal)
{
        switch (result) {
        case -RESTART_SYS:
        case -RESTART_NO_INTR:
        case -INJECT_RESTART_NO_HANDLER:
                return INJECT_RESTART_KERNEL;
        case -RESTART_BLOCK:
                return INJECT_RESTART_BLOCK;
        case -EINTR:
                break;
        default:
                return INJECT_RESTART_NONE;
        }
        return !has_signal && is_harmless(number) ? INJECT_RESTART_OURS : INJECT_RESTART_NONE;
}

bool inject_thread_may_restart(uint64_t number)
{
        switch (number) {
        case SYS_futex:
        case SYS_nanosleep:
        case SYS_clock_nanosleep:
        case SYS_wait4:
        case SYS_waitid:
        case SYS_rt_sigsuspend:
        case SYS_ppoll:
        case SYS_pselect6:
                return true;
        default:
                return is_harmless(number);
        }
}

int inject_thread_request(struct inject_thread *t, int what, uintptr_t address, void *data)
{
        /* The C library's own takes an enum, which does not know all. */
        long r = syscall(SYS_ptrace, (long)what, (long)t->tid, address, data);

        if (r >= 0)
                return (int)MIN(r, 1L << 20);
        if (errno == ESRCH)
                t->lost = true;
        return negative_errno();
}

static int go_on(struct inject_thread *t, int what, int signal)
{
        return inject_thread_request(t, what, 0, (void *)(intptr_t)signal);
}

/* Waits for the next stop. An enum stop, with the signal; or -EAGAIN when there is none in time,
 * -ESRCH when it has ended: it is lost either way. */
static int wait_for_stop(struct inject_thread *t, uint64_t patience_nsec, int *ret_signal)
{
        uint64_t begin = clock_nsec(CLOCK_MONOTONIC);
        int status;

        for (;;) {
                pid_t pid = waitpid(t->tid, &status, __WALL | WNOHANG);
                if (pid < 0 && errno == EINTR)
                        continue;
                uint64_t passed = clock_nsec(CLOCK_MONOTONIC) - begin;
                if (pid != 0 || passed > patience_nsec) {
                        t->lost = pid <= 0 || !WIFSTOPPED(status);
                        if (t->lost)
                                return pid == 0 ? -EAGAIN : -ESRCH;
                        break;
                }
                /* It is a matter of microseconds mostly; the CPU may be the one that it needs. */
                (void)usleep(passed < NSEC_PER_USEC * USEC_PER_MSEC ? 10 : 100);
        }
        *ret_signal = WSTOPSIG(status);
        if (status >> 16 == PTRACE_EVENT_STOP)
                return STOP_EVENT;
        return *ret_signal == SYSCALL_STOP ? STOP_CALL : STOP_SIGNAL;
}

/* Until it stops on its way to user space. Signals are delivered that come in between. */
static int wait_for_event(struct inject_thread *t, uint64_t patience_nsec, int *ret_signal)
{
        for (;;) {
                int r = wait_for_stop(t, patience_nsec, ret_signal);
                if (r < 0 || r == STOP_EVENT)
                        return r;
                r = go_on(t, PTRACE_CONT, r == STOP_SIGNAL ? *ret_signal : 0);
                if (r < 0)
                        return r;
        }
}

int inject_thread_stop(struct inject_thread *t, pid_t tid, struct error *error)
{
        int signal = 0;

        *t = (struct inject_thread){.tid = tid};
        /* No PTRACE_O_EXITKILL: it lives on without us. */
        int r = inject_thread_request(t, PTRACE_SEIZE, 0, (void *)(uintptr_t)PTRACE_O_TRACESYSGOOD);
        if (r == -EPERM)
                return error_set(error, EAGAIN,
                                 "may not be traced, or is traced by another process already");
        if (r >= 0)
                r = inject_thread_request(t, PTRACE_INTERRUPT, 0, NULL);
        if (r >= 0)
                r = wait_for_event(t, STOP_PATIENCE_NSEC, &signal);
        if (r == -EAGAIN)
                return error_set(error, EAGAIN, "does not leave the kernel");
        if (r < 0)
                return error_set_errno(error, -r, "failed to stop it");
        t->since_nsec = clock_nsec(CLOCK_MONOTONIC);
        if (signal == SIGTRAP)
                return 0;
        inject_thread_let_go(t);
        return error_set(error, EBUSY, "is stopped");
}

void inject_thread_let_go(struct inject_thread *t)
{
        if (!t->lost)
                (void)go_on(t, PTRACE_DETACH, 0);
        t->lost = true;
        t->stopped_nsec = clock_nsec(CLOCK_MONOTONIC) - t->since_nsec;
}

int inject_thread_get(struct inject_thread *t, unsigned set, void *to, size_t size, size_t *ret)
{
        struct iovec v = {to, size};
        int r = inject_thread_request(t, PTRACE_GETREGSET, set, &v);

        *ret = r < 0 ? 0 : v.iov_len;
        return r;
}

int inject_thread_set(struct inject_thread *t, unsigned set, const void *from, size_t size)
{
        struct iovec v = {(void *)(uintptr_t)from, size};

        return inject_thread_request(t, PTRACE_SETREGSET, set, &v);
}

int inject_thread_get_mask(struct inject_thread *t, uint64_t *ret)
{
        return inject_thread_request(t, PTRACE_GETSIGMASK, sizeof(*ret), ret);
}

int inject_thread_set_mask(struct inject_thread *t, uint64_t mask)
{
        return inject_thread_request(t, PTRACE_SETSIGMASK, sizeof(mask), &mask);
}

int inject_thread_block_signals(struct inject_thread *t)
{
        return inject_thread_set_mask(t, UINT64_MAX);
}

bool inject_thread_has_signal(const struct inject_thread *t)
{
        struct proc_status status;
        _cleanup_close_ int root = proc_open();
        /* /proc has no directories of threads in its list, but has them. */
        _cleanup_close_ int dir = root < 0 ? root : proc_open_process(root, t->tid);

        return dir < 0 || proc_status_read(dir, &status) < 0 || proc_status_has_signal(&status);
}

int inject_thread_check_calls(struct inject_thread *t, struct error *error)
{
        struct {
                uint64_t mode, selector, offset, length;
        } dispatch = {};

        /* Before 6.4 it cannot be asked: -EIO. */
        if (inject_thread_request(t, GET_SYSCALL_USER_DISPATCH_STATE, sizeof(dispatch),
                                  &dispatch) >= 0 &&
            dispatch.mode != 0)
                return error_set(error, EPERM, "handles its system calls itself");
        return 0;
}

/* Such a sequence has no system call in it. When it is interrupted, the kernel sets the program
 * counter back, and would set that of our call. */
int inject_thread_check_rseq(struct inject_thread *t, struct error *error)
{
        struct {
                uint64_t pointer;
                uint32_t size, signature, flags, padding;
        } rseq = {};
        uint64_t section = 0;

        if (inject_thread_request(t, GET_RSEQ_CONFIGURATION, sizeof(rseq), &rseq) < 0)
                return error_set(error, EAGAIN, "runs");
        if (rseq.pointer == 0)
                return 0;
        /* include/uapi/linux/rseq.h: struct rseq, rseq_cs. */
        errno = 0;
        if (inject_thread_request(t, PTRACE_PEEKDATA, rseq.pointer + 8, &section) < 0 ||
            section != 0)
                return error_set(error, EAGAIN, "is in a sequence that must not be interrupted");
        return 0;
}

/* To the next end of a system call. A group's stop waits until we have let go; a signal that cannot
 * be blocked (SIGSTOP) is delivered. */
static int run_to_call(struct inject_thread *t, bool entry, struct __ptrace_syscall_info *ret)
{
        int signal = 0;

        for (;;) {
                int r = go_on(t, PTRACE_SYSCALL, signal);
                if (r >= 0)
                        r = wait_for_stop(t, CALL_PATIENCE_NSEC, &signal);
                if (r < 0)
                        return r;
                if (r != STOP_SIGNAL)
                        signal = 0;
                if (r != STOP_CALL)
                        continue;
                r = inject_thread_request(t, PTRACE_GET_SYSCALL_INFO, sizeof(*ret), ret);
                if (r < 0)
                        return r;
                if (ret->op == (entry ? PTRACE_SYSCALL_INFO_ENTRY : PTRACE_SYSCALL_INFO_EXIT))
                        return 0;
        }
}

int inject_thread_enter(struct inject_thread *t, struct inject_call *ret)
{
        struct __ptrace_syscall_info info = {};

        int r = run_to_call(t, true, &info);
        *ret = (struct inject_call){info.entry.nr, info.entry.args[0]};
        return r;
}

int inject_thread_leave(struct inject_thread *t)
{
        struct __ptrace_syscall_info info;

        return run_to_call(t, false, &info);
}

int inject_thread_wait(struct inject_thread *t)
{
        int signal;

        int r = go_on(t, PTRACE_CONT, 0);
        return r < 0 ? r : wait_for_event(t, CALL_PATIENCE_NSEC, &signal);
}

int inject_thread_interrupt(struct inject_thread *t)
{
        int r = inject_thread_request(t, PTRACE_INTERRUPT, 0, NULL);

        return r < 0 ? r : inject_thread_wait(t);
}
