/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/inject.h"

#include <string.h>

#ifdef __x86_64__

#include <elf.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "inspect/inject-frame.h"
#include "inspect/inject-thread.h"
#include "proc/call.h"
#include "util/clock.h"

/* arch/x86/include/uapi/asm/processor-flags.h: what the kernel clears for a handler, too. */
#define FLAGS_CLEARED (0x100 | 0x400 | 0x10000) /* TF, DF, RF */

/* The ABI's red zone: below the stack pointer, and in use. */
#define RED_ZONE 128

/* Nobody who sleeps comes so much deeper into his stack in a moment. */
#define STACK_MARGIN ((uint64_t)64 * 1024)

struct job {
        const struct inject_order *order;
        struct inject_result *result;
        struct error *error;
        struct inject_thread thread;
        struct user_regs_struct found; /* its registers when it was stopped */
        struct user_regs_struct go_on; /* what it gets back, by us */
        struct inject_frame frame;     /* what it gives itself, without us */
        uint64_t mask;
        int r;
};

static int fail_errno(struct job *j, int r, const char *what)
{
        return error_set_errno(j->error, -r, "%s", what);
}

static int read_registers(struct job *j)
{
        struct iovec v = {&j->found, sizeof(j->found)};

        int r = inject_thread_get(&j->thread, NT_PRSTATUS, &v);
        if (r < 0)
                return fail_errno(j, r, "failed to read its registers");
        /* The layout is that of what the thread runs. */
        return v.iov_len == sizeof(j->found)
                       ? 0
                       : error_set(j->error, EOPNOTSUPP,
                                   "runs code of another architecture (32 bits)");
}

/* What the thread has to go on with: found, but for a call that says EINTR because of us alone. And
 * the same as a signal's handler would leave it, for the frame. */
static int prepare_registers(struct job *j, struct user_regs_struct *ret_by_itself)
{
        struct user_regs_struct *by_itself = ret_by_itself;
        bool in_call = (long long)j->found.orig_rax >= 0;

        j->go_on = *by_itself = j->found;
        if (!in_call)
                return inject_thread_check_rseq(&j->thread, j->error);
        switch (inject_thread_restart(j->found.orig_rax, (long)j->found.rax,
                                      inject_thread_has_signal(&j->thread))) {
        case INJECT_RESTART_NONE:
                break;
        case INJECT_RESTART_KERNEL:
                by_itself->rax = by_itself->orig_rax;
                by_itself->rip -= 2;
                break;
        case INJECT_RESTART_BLOCK:
                /* What rt_sigreturn forgets: the call says that it was interrupted. */
                by_itself->rax = (unsigned long long)-EINTR;
                break;
        case INJECT_RESTART_OURS:
                by_itself->rax = by_itself->orig_rax;
                by_itself->rip -= 2;
                j->go_on = *by_itself;
                j->go_on.orig_rax = (unsigned long long)-1;
                break;
        }
        return 0;
}

static bool is_on(const struct inject_range *stack, uint64_t sp)
{
        return sp > stack->start && sp <= stack->end;
}

/* Below what the thread uses of the first thread's stack. On another stack, of which only the
 * program knows how far it goes (Go has them of two kilobytes), at the far end of the first
 * thread's, when that one sleeps far from there. */
static int find_place(struct job *j, uint64_t need, uint64_t *ret_top)
{
        const struct inject_range *stack = &j->order->stack;
        struct proc_call first = {};
        uint64_t top;

        if (is_on(stack, j->found.rsp))
                top = j->found.rsp - RED_ZONE;
        else {
                char path[32];
                (void)snprintf(path, sizeof(path), "task/%d", (int)j->order->pid);
                _cleanup_close_ int dir =
                        openat(j->order->process_fd, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
                if (j->order->tid == j->order->pid)
                        first.stack_pointer = j->found.rsp;
                else if (dir < 0 || proc_call_read(dir, &first) < 0 || first.stack_pointer == 0)
                        return error_set(j->error, EAGAIN,
                                         "has a first thread that does not sleep");
                uint64_t used =
                        is_on(stack, first.stack_pointer) ? first.stack_pointer : stack->end;
                top = stack->start + need;
                if (top + STACK_MARGIN > used)
                        top = 0;
        }
        if (top < stack->start + need || top > stack->end)
                return error_set(j->error, EAGAIN, "has no room on the stack of its first thread");
        *ret_top = top;
        return 0;
}

static int make_frame(struct job *j, const struct user_regs_struct *by_itself)
{
        unsigned char state[INJECT_FRAME_MAX];
        struct iovec v = {state, sizeof(state)};
        uint64_t top = 0;

        int r = inject_thread_get(&j->thread, NT_X86_XSTATE, &v);
        if (r < 0) {
                v = (struct iovec){state, 512};
                r = inject_thread_get(&j->thread, NT_PRFPREG, &v);
        }
        if (r < 0)
                return fail_errno(j, r, "failed to read the state of its vector unit");
        r = find_place(j, v.iov_len + INJECT_FRAME_MORE, &top);
        if (r < 0)
                return r;
        r = inject_frame_make(&j->frame, by_itself, j->mask, state, v.iov_len,
                              j->order->code.restore, top);
        if (r < 0)
                return fail_errno(j, r, "failed to keep the state of its vector unit");
        struct iovec here = {j->frame.bytes, j->frame.size},
                     there = {(void *)(uintptr_t)j->frame.address, j->frame.size};
        ssize_t n = process_vm_writev(j->order->pid, &here, 1, &there, 1, 0);
        return n == (ssize_t)j->frame.size ? 0
                                           : fail_errno(j, n < 0 ? negative_errno() : -EFAULT,
                                                        "failed to write to its stack");
}

/* Whether the thread's fd is (still) the file that is meant. */
static int check_file(void *userdata)
{
        struct job *j = userdata;
        long r = syscall(SYS_kcmp, j->order->tid, gettid(), 0 /* KCMP_FILE */, j->order->fd,
                         j->order->file);

        if (r == 0)
                return 0;
        return r > 0 || errno == EBADF
                       ? error_set(j->error, ESTALE, "has another file there by now, or none")
                       : error_set_errno(j->error, errno, "failed to compare its file");
}

/* Has the thread call something. What it returned, or a negative errno of ours in *@r. */
static long call(struct job *j, int (*check)(void *userdata), const uint64_t *words, int *r)
{
        struct user_regs_struct regs = j->found;

        regs.rax = words[0];
        regs.rdi = words[1];
        regs.rsi = words[2];
        regs.rdx = words[3];
        regs.orig_rax = (unsigned long long)-1;
        regs.rip = j->order->code.call;
        regs.rsp = j->frame.address;
        regs.eflags &= ~(unsigned long long)FLAGS_CLEARED;
        *r = inject_thread_set(&j->thread, &regs);
        /* Only now: without us, the frame would give it its mask back. */
        if (*r >= 0)
                *r = inject_thread_block_signals(&j->thread);
        return *r < 0 ? 0 : inject_thread_call(&j->thread, check, j, r);
}

/* On Linux every such call may say no: limits, security modules. */
static int replace(struct job *j)
{
        const uint64_t cloexec = j->order->cloexec ? O_CLOEXEC : 0, fd = (uint64_t)j->order->fd;
        int r;

        long new =
                call(j, NULL, (uint64_t[]){SYS_socket, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0}, &r);
        if (r >= 0 && new < 0)
                r = fail_errno(j, (int)new, "failed to make a socket in it");
        if (r < 0)
                return r;
        long old = call(j, check_file, (uint64_t[]){SYS_dup3, (uint64_t) new, fd, cloexec}, &r);
        j->result->replaced = r >= 0 && old == j->order->fd;
        int failed = r < 0     ? r
                     : old < 0 ? fail_errno(j, (int)old, "failed to replace its file")
                               : 0;
        if (j->thread.lost)
                return failed;
        (void)call(j, NULL, (uint64_t[]){SYS_close, (uint64_t) new, 0, 0}, &r);
        return failed < 0 ? failed : r;
}

/* Stopped, and as it was. */
static int prepare(struct job *j, const struct user_regs_struct *by_itself)
{
        int r = inject_thread_check_calls(&j->thread, j->error);
        if (r >= 0 && !inject_code_is_there(j->order->pid, &j->order->code))
                r = error_set(j->error, EAGAIN, "has changed its code");
        if (r >= 0)
                r = check_file(j);
        if (r >= 0)
                r = inject_thread_get_mask(&j->thread, &j->mask);
        return r < 0 ? r : make_frame(j, by_itself);
}

/* Its number may have been another's by the time when it was stopped. */
static int check_identity(struct job *j)
{
        char path[32];

        (void)snprintf(path, sizeof(path), "task/%d", (int)j->order->tid);
        return faccessat(j->order->process_fd, path, F_OK, 0) >= 0
                       ? 0
                       : error_set(j->error, ESRCH, "has ended");
}

static int work(struct job *j)
{
        struct user_regs_struct by_itself;

        int r = check_identity(j);
        if (r >= 0)
                r = read_registers(j);
        if (r >= 0)
                r = prepare_registers(j, &by_itself);
        if (r < 0)
                return r;
        r = prepare(j, &by_itself);
        if (r >= 0) {
                r = replace(j);
                if (j->thread.lost)
                        return r == -EAGAIN
                                       ? error_set(j->error, ETIMEDOUT,
                                                   "does not get on, and goes on by itself: the "
                                                   "file may be replaced, or not")
                                       : r;
                /* Back to where a stopped thread looks at what it has to go on with. */
                int back = inject_thread_interrupt(&j->thread);
                if (back >= 0)
                        back = inject_thread_set_mask(&j->thread, j->mask);
                r = back < 0 ? back : r;
        }
        int back = j->thread.lost ? 0 : inject_thread_set(&j->thread, &j->go_on);
        return r < 0 ? r : back;
}

static void *run(void *userdata)
{
        struct job *j = userdata;

        /* It matters to the holder how long this takes. Linux has priorities of threads. */
        (void)setpriority(PRIO_PROCESS, (id_t)gettid(), -20);
        j->r = inject_thread_stop(&j->thread, j->order->tid, j->error);
        if (j->r < 0)
                return NULL;
        j->r = work(j);
        inject_thread_let_go(&j->thread);
        j->result->stopped_nsec = j->thread.stopped_nsec;
        return NULL;
}

int inject_replace(const struct inject_order *order, struct inject_result *ret, struct error *error)
{
        struct error ignored = {};
        _cleanup_free_ struct job *j = calloc(1, sizeof(*j));
        pthread_t thread;

        *ret = (struct inject_result){};
        if (!j)
                return error_oom(error);
        *j = (struct job){.order = order, .result = ret, .error = error ? error : &ignored};
        int r = pthread_create(&thread, NULL, run, j);
        if (r > 0)
                return error_set_errno(error, r, "Failed to start a thread");
        (void)pthread_join(thread, NULL);
        if (j->r < 0 && !*j->error->text)
                return error_set_errno(error, -j->r, "failed to have it replace the file");
        return j->r;
}

int inject_is_supported(struct error *error)
{
        (void)error;
        return 0;
}

#else

int inject_is_supported(struct error *error)
{
        return error_set(error, EOPNOTSUPP,
                         "Files are released on x86-64 only, so far: ending or restarting the "
                         "holder is what is left");
}

int inject_replace(const struct inject_order *order, struct inject_result *ret, struct error *error)
{
        (void)order;
        *ret = (struct inject_result){};
        return inject_is_supported(error);
}

#endif
