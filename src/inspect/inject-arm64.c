/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/inject-machine.h"

#include <elf.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>

#include "inspect/inject-code.h"
#include "proc/call.h"
#include "proc/open.h"

/* include/uapi/linux/elf.h: younger than the headers may be. */
#define SET_SYSTEM_CALL 0x404 /* NT_ARM_SYSTEM_CALL */
#define SET_SVE         0x405
#define SET_SSVE        0x40b
#define SET_ZA          0x40c
#define SET_GCS         0x410

/* arch/arm64/include/uapi/asm/ptrace.h: struct user_pt_regs, by its words. */
#define X0          0
#define X8          8  /* the number of a system call */
#define X30         30 /* where a function returns to */
#define SP          31
#define PC          32
#define PSTATE      33
#define N_WORDS     34
#define INSTRUCTION 4
#define SYSTEM_CALL 0xd4000001U /* svc #0 */

/* What the kernel clears for a handler: the mark of an indirect branch (BTI would have our code
 * begin with a landing pad), single step, an override of tag checks. */
#define STATE_CLEARED (UINT64_C(3) << 10 | UINT64_C(1) << 21 | UINT64_C(1) << 25)

/* arch/arm64/include/uapi/asm/ptrace.h: struct user_sve_header, user_fpsimd_state, user_gcs. */
struct sve_header {
        uint32_t size, max_size;
        uint16_t vl, max_vl, flags, reserved;
};
#define SVE_IN_USE 1
struct fpsimd {
        unsigned char registers[32 * 16];
        uint32_t status, control, reserved[2];
};

/* arch/arm64/include/uapi/asm/sigcontext.h: records, one after the other, up to an empty one. */
#define FPSIMD_MAGIC 0x46508001U
#define SVE_MAGIC    0x53564501U
struct record {
        uint32_t magic, size;
};
struct fpsimd_record {
        struct record head;
        uint32_t status, control;
        unsigned char registers[32 * 16];
};
struct sve_record {
        struct record head;
        uint16_t vl, flags, reserved[2];
};

/* No such mode: then rt_sigreturn leaves the alternate stack as it is, which cannot be read here.
 */
#define NO_STACK_MODE 0x7700

/* arch/arm64/kernel/signal.c: struct rt_sigframe. */
struct kernel_frame {
        unsigned char info[128];
        uint64_t flags;
        uint64_t link;
        struct {
                uint64_t sp;
                uint32_t mode;
                uint32_t padding;
                uint64_t size;
        } stack;
        uint64_t mask;
        unsigned char unused[120];
        uint64_t padding;
        uint64_t fault_address;
        uint64_t words[N_WORDS];
        uint64_t more_padding;
        unsigned char records[4096];
};

_Static_assert(sizeof(struct kernel_frame) == 128 + 176 + 288 + 4096 &&
                       offsetof(struct kernel_frame, fault_address) == 128 + 176 &&
                       offsetof(struct kernel_frame, records) % 16 == 0,
               "the kernel's rt_sigframe");

static size_t aligned(size_t n)
{
        return (n + 15) & ~(size_t)15;
}

static struct sve_header sve_of(const struct inject_vectors *vectors)
{
        struct sve_header header = {};

        if (vectors->size > sizeof(struct fpsimd))
                memcpy(&header, vectors->bytes + sizeof(struct fpsimd), sizeof(header));
        return header;
}

static size_t frame_room(const struct inject_vectors *vectors)
{
        (void)vectors;
        return sizeof(struct kernel_frame) + 16;
}

/* The registers of 128 bits, which are the low ones of what SVE has; then those, if in use. */
static int fill_records(struct kernel_frame *k, const struct inject_vectors *vectors)
{
        const struct sve_header sve = sve_of(vectors);
        struct fpsimd_record f = {.head = {FPSIMD_MAGIC, sizeof(f)}};
        struct fpsimd state;
        size_t at = sizeof(f);

        memcpy(&state, vectors->bytes, sizeof(state));
        f.status = state.status;
        f.control = state.control;
        memcpy(f.registers, state.registers, sizeof(f.registers));
        memcpy(k->records, &f, sizeof(f));
        if (vectors->size == sizeof(state))
                return 0;
        /* 32 vectors, 16 predicates and one more, of a bit for each byte of a vector. */
        size_t n = (size_t)sve.vl * 34 + sve.vl / 8;
        struct sve_record s = {{SVE_MAGIC, (uint32_t)aligned(sizeof(s) + n)}, .vl = sve.vl};
        if (at + s.head.size + sizeof(struct record) > sizeof(k->records) ||
            vectors->size < sizeof(state) + sizeof(sve) + n)
                return -EOPNOTSUPP;
        memcpy(k->records + at, &s, sizeof(s));
        memcpy(k->records + at + sizeof(s), vectors->bytes + sizeof(state) + sizeof(sve), n);
        return 0;
}

static int make_frame(struct inject_frame *f, const struct inject_found *found, uint64_t restore,
                      uint64_t top)
{
        struct kernel_frame k = {.stack.mode = NO_STACK_MODE, .mask = found->mask};

        (void)restore; /* is in a register */
        if (top < frame_room(&found->vectors))
                return -EOPNOTSUPP;
        f->address = (top - sizeof(k)) & ~UINT64_C(15);
        f->size = sizeof(k);
        memcpy(k.words, found->by_itself.words, sizeof(k.words));
        int r = fill_records(&k, &found->vectors);
        memcpy(f->bytes, &k, sizeof(k));
        return r;
}

/* What our system calls would end, or a return of ours be ended by. */
static int check_modes(struct inject_thread *t, struct error *error)
{
        uint64_t gcs[3] = {};
        struct sve_header header = {};
        size_t n;

        if (inject_thread_get(t, SET_GCS, gcs, sizeof(gcs), &n) >= 0 && gcs[0] != 0)
                return error_set(error, EPERM, "has a shadow stack, which is not supported");
        if (inject_thread_get(t, SET_SSVE, &header, sizeof(header), &n) >= 0 &&
            header.flags & SVE_IN_USE)
                return error_set(error, EAGAIN, "computes in streaming mode");
        if (inject_thread_get(t, SET_ZA, &header, sizeof(header), &n) >= 0 &&
            header.size > sizeof(header))
                return error_set(error, EAGAIN, "computes with a matrix");
        return 0;
}

static int read_vectors(struct inject_thread *t, struct inject_vectors *ret, struct error *error)
{
        unsigned char *sve = ret->bytes + sizeof(struct fpsimd);
        struct sve_header header;
        size_t n;

        int r = inject_thread_get(t, NT_PRFPREG, ret->bytes, sizeof(struct fpsimd), &ret->size);
        if (r < 0 || ret->size != sizeof(struct fpsimd))
                return error_set_errno(error, r < 0 ? -r : EIO,
                                       "failed to read the state of its vector unit");
        if (inject_thread_get(t, SET_SVE, sve, sizeof(ret->bytes) - ret->size, &n) < 0 ||
            n < sizeof(header))
                return 0;
        memcpy(&header, sve, sizeof(header));
        if (header.flags & SVE_IN_USE)
                ret->size += MIN(n, (size_t)header.size);
        return 0;
}

static int read_registers(struct inject_thread *t, struct inject_registers *ret,
                          struct error *error)
{
        size_t n;

        int r = inject_thread_get(t, NT_PRSTATUS, ret, sizeof(*ret), &n);
        if (r < 0)
                return error_set_errno(error, -r, "failed to read its registers");
        /* The layout is that of what the thread runs. */
        return n == sizeof(ret->words) ? 0
                                       : error_set(error, EOPNOTSUPP,
                                                   "runs code of another architecture (32 bits)");
}

static int set_number(struct inject_thread *t, int number)
{
        return inject_thread_set(t, SET_SYSTEM_CALL, &number, sizeof(number));
}

static bool is_call(const struct inject_thread *t, uint64_t address)
{
        uint32_t instruction = 0;

        return inject_code_read(t->tid, address, &instruction, sizeof(instruction)) ==
                       (ssize_t)sizeof(instruction) &&
               instruction == SYSTEM_CALL;
}

/* The first argument of the last call, in whose place its result is: the kernel shows it of a
 * thread that is in a call, and believes us that it is. */
static int read_argument(struct inject_thread *t, uint64_t number, uint64_t *ret)
{
        struct proc_call call;
        _cleanup_close_ int root = proc_open();
        _cleanup_close_ int dir = root < 0 ? root : proc_open_process(root, t->tid);

        int r = dir < 0 ? dir : set_number(t, (int)number);
        if (r < 0)
                return r;
        r = proc_call_read(dir, &call);
        int back = set_number(t, -1);
        if (r < 0 || back < 0)
                return r < 0 ? r : back;
        *ret = call.arguments[0];
        return call.state == PROC_CALL_WAITING && call.number == number ? 0 : -EAGAIN;
}

/* A call that says EINTR because of us alone is made again. */
static int rewind_call(struct inject_thread *t, struct inject_found *f, uint64_t argument)
{
        f->restart = INJECT_RESTART_OURS;
        f->result = -INJECT_RESTART_NO_HANDLER;
        f->registers.words[X0] = argument;
        f->registers.words[PC] -= INSTRUCTION;
        f->by_itself = f->registers;
        return 0;
}

/* It is at a system call: about to make one, or the kernel has set it back to one that was
 * interrupted, which is not to be seen, nor how that call goes on. So it makes the call, is stopped
 * again, and the result shows it. Whatever becomes of us meanwhile, this is its own way. */
static int make_call(struct inject_thread *t, struct inject_found *f, struct error *error)
{
        struct inject_registers registers;
        struct inject_call call;
        size_t n;

        int r = inject_thread_enter(t, &call);
        if (r >= 0 && call.number != SYS_restart_syscall && !inject_thread_may_restart(call.number))
                return error_set(error, EAGAIN, "makes a system call");
        if (r >= 0)
                r = inject_thread_request(t, PTRACE_INTERRUPT, 0, NULL);
        if (r >= 0)
                r = inject_thread_leave(t);
        if (r >= 0)
                r = inject_thread_get(t, NT_PRSTATUS, &registers, sizeof(registers), &n);
        if (r >= 0)
                r = inject_thread_interrupt(t);
        if (r < 0)
                return error_set_errno(error, -r, "failed to stop it");
        f->result = (long)registers.words[X0];
        f->restart = inject_thread_restart(call.number, f->result, inject_thread_has_signal(t));
        r = read_registers(t, &f->registers, error);
        f->by_itself = f->registers;
        if (f->restart == INJECT_RESTART_OURS)
                return r < 0 ? r : rewind_call(t, f, call.argument);
        /* What rt_sigreturn forgets: the call says that it was interrupted. */
        if (f->restart == INJECT_RESTART_BLOCK) {
                f->by_itself.words[X0] = (uint64_t)-EINTR;
                f->by_itself.words[PC] += INSTRUCTION;
        }
        return r;
}

static int judge_call(struct inject_thread *t, struct inject_found *f, struct error *error)
{
        const uint64_t number = f->registers.words[X8];
        uint64_t argument = 0;

        f->by_itself = f->registers;
        if (is_call(t, f->registers.words[PC]))
                return make_call(t, f, error);
        /* Behind one whose result nobody has looked at. */
        if (is_call(t, f->registers.words[PC] - INSTRUCTION) &&
            inject_thread_restart(number, (long)f->registers.words[X0],
                                  inject_thread_has_signal(t)) == INJECT_RESTART_OURS) {
                int r = read_argument(t, number, &argument);
                return r < 0 ? error_set(error, EAGAIN,
                                         "is in a call whose arguments are not known")
                             : rewind_call(t, f, argument);
        }
        return inject_thread_check_rseq(t, error);
}

static int find(struct inject_thread *t, struct inject_found *ret, struct error *error)
{
        *ret = (struct inject_found){};
        int r = read_registers(t, &ret->registers, error);
        if (r >= 0)
                r = check_modes(t, error);
        if (r >= 0)
                r = judge_call(t, ret, error);
        return r < 0 ? r : read_vectors(t, &ret->vectors, error);
}

static uint64_t stack_pointer(const struct inject_registers *registers)
{
        return registers->words[SP];
}

static void set_call(struct inject_registers *registers, const struct inject_code *code,
                     uint64_t sp, const uint64_t *words)
{
        registers->words[X8] = words[0];
        for (size_t i = 0; i < 3; i++)
                registers->words[X0 + i] = words[i + 1];
        registers->words[X30] = code->restore;
        registers->words[SP] = sp;
        registers->words[PC] = code->call;
        registers->words[PSTATE] &= ~STATE_CLEARED;
}

static long result(const struct inject_registers *registers)
{
        return (long)registers->words[X0];
}

/* What SVE has beyond 128 bits a system call takes away. */
static int set_vectors(struct inject_thread *t, const struct inject_vectors *vectors)
{
        return vectors->size == sizeof(struct fpsimd)
                       ? 0
                       : inject_thread_set(t, SET_SVE, vectors->bytes + sizeof(struct fpsimd),
                                           vectors->size - sizeof(struct fpsimd));
}

static int go_back_running(struct inject_thread *t, const struct inject_found *found)
{
        int r = inject_thread_interrupt(t);
        if (r >= 0)
                r = inject_thread_set_mask(t, found->mask);
        if (r >= 0)
                r = set_vectors(t, &found->vectors);
        int set = t->lost ? 0
                          : inject_thread_set(t, NT_PRSTATUS, &found->registers,
                                              sizeof(found->registers));
        return r < 0 ? r : set;
}

/* Into the end of a call with the same first argument, which only the kernel keeps, and there it
 * gets all other registers and the result that it had. PTRACE_INTERRUPT before that is what makes
 * the kernel look at the result, with us or without. */
static int go_back_calling(struct inject_thread *t, const struct inject_found *found,
                           const struct inject_code *code, const struct inject_frame *frame)
{
        struct inject_registers registers = found->registers;
        struct inject_call call;

        set_call(&registers, code, frame->address,
                 (uint64_t[]){SYS_getpid, found->registers.words[X0], 0, 0});
        int r = inject_thread_interrupt(t);
        if (r >= 0)
                r = inject_thread_set(t, NT_PRSTATUS, &registers, sizeof(registers));
        if (r >= 0)
                r = inject_thread_enter(t, &call);
        if (r >= 0)
                r = inject_thread_leave(t);
        if (r >= 0)
                r = inject_thread_set_mask(t, found->mask);
        if (r >= 0)
                r = inject_thread_request(t, PTRACE_INTERRUPT, 0, NULL);
        registers = found->registers;
        registers.words[X0] = (uint64_t)found->result;
        registers.words[PC] += INSTRUCTION;
        if (r >= 0)
                r = inject_thread_set(t, NT_PRSTATUS, &registers, sizeof(registers));
        return r < 0 ? r : inject_thread_wait(t);
}

static int go_back(struct inject_thread *t, const struct inject_found *found,
                   const struct inject_code *code, const struct inject_frame *frame)
{
        return found->restart == INJECT_RESTART_NONE ? go_back_running(t, found)
                                                     : go_back_calling(t, found, code, frame);
}

/* The second is in vdso(7): there are no other handlers' ends in a C library. */
const struct inject_machine inject_arm64 = {
        .call = {{0x01, 0x00, 0x00, 0xd4, 0xc0, 0x03, 0x5f, 0xd6}, 8},    /* svc #0; ret */
        .restore = {{0x68, 0x11, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4}, 8}, /* mov x8, #139; svc #0 */
        .alignment = INSTRUCTION,
        .registers_size = sizeof(struct inject_registers),
        .find = find,
        .stack_pointer = stack_pointer,
        .frame_room = frame_room,
        .make_frame = make_frame,
        .set_call = set_call,
        .result = result,
        .set_number = set_number,
        .go_back = go_back,
};
