/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/inject.h"

#include <elf.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "inspect/inject-machine.h"
#include "inspect/inject-thread.h"
#include "proc/call.h"
#include "util/clock.h"

/* The red zone of x86-64's ABI: below the stack pointer, and in use. */
#define RED_ZONE 128

/* Nobody who sleeps comes so much deeper into his stack in a moment. */
#define STACK_MARGIN ((uint64_t)64 * 1024)

struct job {
        const struct inject_machine *machine;
        const struct inject_order *order;
        struct inject_result *result;
        struct error *error;
        struct inject_thread thread;
        struct inject_found found; /* what it gets back, by us */
        struct inject_frame frame; /* what it gives itself, without us */
        int r;
};

static int fail_errno(struct job *j, int r, const char *what)
{
        return error_set_errno(j->error, -r, "%s", what);
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
        const uint64_t sp = j->machine->stack_pointer(&j->found.registers);
        const struct inject_range *stack = &j->order->stack;
        struct proc_call first = {};
        uint64_t top;

        if (is_on(stack, sp))
                top = sp - RED_ZONE;
        else {
                char path[32];
                (void)snprintf(path, sizeof(path), "task/%d", (int)j->order->pid);
                _cleanup_close_ int dir =
                        openat(j->order->process_fd, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
                if (j->order->tid == j->order->pid)
                        first.stack_pointer = sp;
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

static int make_frame(struct job *j)
{
        uint64_t top = 0;

        int r = find_place(j, j->machine->frame_room(&j->found.vectors), &top);
        if (r < 0)
                return r;
        r = j->machine->make_frame(&j->frame, &j->found, j->order->code.restore, top);
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
static int check_file(struct job *j)
{
        long r = syscall(SYS_kcmp, j->order->tid, gettid(), 0 /* KCMP_FILE */, j->order->fd,
                         j->order->file);

        if (r == 0)
                return 0;
        return r > 0 || errno == EBADF
                       ? error_set(j->error, ESTALE, "has another file there by now, or none")
                       : error_set_errno(j->error, errno, "failed to compare its file");
}

/* Has the thread call something. What it returned, or a negative errno of ours in *@r. */
static long call(struct job *j, int (*check)(struct job *j), const uint64_t *words, int *r)
{
        struct inject_registers registers = j->found.registers;
        struct inject_call entered;
        int refused = 0;
        size_t n;

        j->machine->set_call(&registers, &j->order->code, j->frame.address, words);
        *r = inject_thread_set(&j->thread, NT_PRSTATUS, &registers, j->machine->registers_size);
        /* Only now: without us, the frame would give it its mask back. */
        if (*r >= 0)
                *r = inject_thread_block_signals(&j->thread);
        if (*r >= 0)
                *r = inject_thread_enter(&j->thread, &entered);
        if (*r >= 0 && check)
                refused = check(j);
        /* Where the thread was stopped in a call that is to go on for what is left of a time, the
         * kernel takes ours for that one if it is made by the same instruction (arm64). */
        if (*r >= 0 && (refused < 0 || entered.number != words[0]))
                *r = j->machine->set_number(&j->thread, refused < 0 ? -1 : (int)words[0]);
        if (*r >= 0)
                *r = inject_thread_leave(&j->thread);
        if (*r >= 0)
                *r = inject_thread_get(&j->thread, NT_PRSTATUS, &registers, sizeof(registers), &n);
        if (*r >= 0)
                *r = refused;
        return *r < 0 ? 0 : j->machine->result(&registers);
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
static int prepare(struct job *j)
{
        int r = inject_thread_check_calls(&j->thread, j->error);
        if (r >= 0 && !inject_code_is_there(j->machine, j->order->pid, &j->order->code))
                r = error_set(j->error, EAGAIN, "has changed its code");
        if (r >= 0)
                r = check_file(j);
        if (r >= 0)
                r = inject_thread_get_mask(&j->thread, &j->found.mask);
        return r < 0 ? r : make_frame(j);
}

/* Its number may have been another's by the time when it was stopped. */
static int check_identity(struct job *j)
{
        char path[32];

        (void)snprintf(path, sizeof(path), "task/%d", (int)j->order->tid);
        if (faccessat(j->order->process_fd, path, F_OK, 0) >= 0)
                return 0;
        return errno == ENOENT || errno == ESRCH
                       ? error_set(j->error, ESRCH, "has ended")
                       : error_set_errno(j->error, errno, "failed to look for its thread");
}

static int work(struct job *j)
{
        int r = check_identity(j);
        if (r >= 0)
                r = j->machine->find(&j->thread, &j->found, j->error);
        if (r < 0)
                return r;
        r = prepare(j);
        if (r < 0) {
                (void)inject_thread_set(&j->thread, NT_PRSTATUS, &j->found.registers,
                                        j->machine->registers_size);
                return r;
        }
        r = replace(j);
        if (j->thread.lost)
                return r == -EAGAIN ? error_set(j->error, ETIMEDOUT,
                                                "does not get on, and goes on by itself: the file "
                                                "may be replaced, or not")
                                    : r;
        int back = j->machine->go_back(&j->thread, &j->found, &j->order->code, &j->frame);
        return r < 0 ? r : back;
}

static void *run(void *userdata)
{
        struct job *j = userdata;

        /* It matters to the holder how long this takes: nobody who shares the processor by time
         * goes before this thread, which sleeps more than it runs, and ends soon. Linux has
         * priorities of threads. */
        if (pthread_setschedparam(pthread_self(), SCHED_FIFO,
                                  &(struct sched_param){.sched_priority = 1}) != 0)
                (void)setpriority(PRIO_PROCESS, (id_t)gettid(), -20);
        j->r = inject_thread_stop(&j->thread, j->order->tid, j->error);
        if (j->r < 0)
                return NULL;
        j->r = work(j);
        inject_thread_let_go(&j->thread);
        j->result->stopped_nsec = j->thread.stopped_nsec;
        return NULL;
}

int inject_is_supported(struct error *error)
{
        return inject_machine() ? 0
                                : error_set(error, EOPNOTSUPP,
                                            "Files are released on x86-64 and arm64 only: ending "
                                            "or restarting the holder is what is left");
}

int inject_replace(const struct inject_order *order, struct inject_result *ret, struct error *error)
{
        struct error ignored = {};
        _cleanup_free_ struct job *j = calloc(1, sizeof(*j));
        pthread_t thread;

        *ret = (struct inject_result){};
        if (!inject_machine())
                return inject_is_supported(error);
        if (!j)
                return error_oom(error);
        *j = (struct job){.machine = inject_machine(),
                          .order = order,
                          .result = ret,
                          .error = error ? error : &ignored};
        int r = pthread_create(&thread, NULL, run, j);
        if (r > 0)
                return error_set_errno(error, r, "Failed to start a thread");
        (void)pthread_join(thread, NULL);
        if (j->r < 0 && !*j->error->text)
                return error_set_errno(error, -j->r, "failed to have it replace the file");
        return j->r;
}
