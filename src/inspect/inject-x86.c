/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/inject-machine.h"

#include <cpuid.h>
#include <elf.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>

/* arch/x86/include/uapi/asm/sigcontext.h: struct _fpx_sw_bytes, in the last 48 of the 512 bytes of
 * FXSAVE, and what stands behind the whole. */
#define SW_BYTES_AT 464
#define MAGIC1      0x46505853U
#define MAGIC2      0x46505845U

struct sw_bytes {
        uint32_t magic1;
        uint32_t extended_size;
        uint64_t features;
        uint32_t size;
        uint32_t padding[7];
};

/* arch/x86/include/uapi/asm/processor-flags.h: what the kernel clears for a handler, too. */
#define FLAGS_CLEARED (0x100 | 0x400 | 0x10000) /* TF, DF, RF */

/* More than the state of the vector unit in a frame, with all that aligning takes. */
#define MORE 1024

/* The header of XSAVE, and what is there at least. */
#define XSAVE_HEADER_AT 512
#define XSAVE_MIN       576

/* Intel AMX: eight kilobytes that a process has only when it asks for them. */
#define FEATURE_TILES (UINT64_C(1) << 18)

/* arch/x86/include/uapi/asm/ucontext.h */
#define UC_FP_XSTATE         1
#define UC_SIGCONTEXT_SS     2
#define UC_STRICT_RESTORE_SS 4

/* No such mode: then rt_sigreturn leaves the alternate stack as it is, which cannot be read here.
 */
#define NO_STACK_MODE 0x7700

/* arch/x86/include/asm/sigframe.h: struct rt_sigframe, with the kernel's own struct ucontext, whose
 * signal mask is of 8 bytes. */
struct kernel_frame {
        uint64_t return_address;
        uint64_t flags;
        uint64_t link;
        struct {
                uint64_t sp;
                uint32_t mode;
                uint32_t padding;
                uint64_t size;
        } stack;
        struct {
                uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
                uint64_t rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip, eflags;
                uint16_t cs, gs, fs, ss;
                uint64_t err, trapno, oldmask, cr2;
                uint64_t fpstate;
                uint64_t reserved[8];
        } context;
        uint64_t mask;
        unsigned char info[128];
};

_Static_assert(sizeof(struct kernel_frame) == 8 + 304 + 128, "the kernel's rt_sigframe");

static uint64_t xcr0(void)
{
        uint32_t low, high;

        __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
        return (uint64_t)high << 32 | low;
}

/* How many bytes of @state the thread has, and of which features. 0 or -EOPNOTSUPP. */
static int measure(const unsigned char *state, size_t size, uint64_t *ret_features, size_t *ret)
{
        unsigned a, b, c, d;
        uint64_t features, in_use;

        *ret_features = 0;
        *ret = size;
        if (size == XSAVE_HEADER_AT)
                return 0;
        if (size < XSAVE_MIN || !__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE))
                return -EOPNOTSUPP;
        features = xcr0();
        memcpy(&in_use, state + XSAVE_HEADER_AT, sizeof(in_use));
        if (in_use & FEATURE_TILES)
                return -EOPNOTSUPP;
        features &= ~FEATURE_TILES;
        *ret = XSAVE_MIN;
        for (unsigned i = 2; i < 63; i++)
                if (features & UINT64_C(1) << i && __get_cpuid_count(0xd, i, &a, &b, &c, &d))
                        *ret = MAX(*ret, (size_t)a + b);
        *ret_features = features;
        return *ret <= size ? 0 : -EOPNOTSUPP;
}

static struct user_regs_struct of(const struct inject_registers *registers)
{
        struct user_regs_struct regs;

        memcpy(&regs, registers->words, sizeof(regs));
        return regs;
}

static struct inject_registers from(const struct user_regs_struct *regs)
{
        struct inject_registers registers = {};

        memcpy(registers.words, regs, sizeof(*regs));
        return registers;
}

static void fill_context(struct kernel_frame *k, const struct user_regs_struct *regs)
{
        k->context.r8 = regs->r8;
        k->context.r9 = regs->r9;
        k->context.r10 = regs->r10;
        k->context.r11 = regs->r11;
        k->context.r12 = regs->r12;
        k->context.r13 = regs->r13;
        k->context.r14 = regs->r14;
        k->context.r15 = regs->r15;
        k->context.rdi = regs->rdi;
        k->context.rsi = regs->rsi;
        k->context.rbp = regs->rbp;
        k->context.rbx = regs->rbx;
        k->context.rdx = regs->rdx;
        k->context.rax = regs->rax;
        k->context.rcx = regs->rcx;
        k->context.rsp = regs->rsp;
        k->context.rip = regs->rip;
        k->context.eflags = regs->eflags;
        k->context.cs = (uint16_t)regs->cs;
        k->context.ss = (uint16_t)regs->ss;
}

static int make_frame(struct inject_frame *f, const struct inject_found *found, uint64_t restore,
                      uint64_t top)
{
        const struct user_regs_struct regs = of(&found->by_itself);
        struct kernel_frame k = {
                .return_address = restore,
                .flags = UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS,
                .stack.mode = NO_STACK_MODE,
                .mask = found->mask,
        };
        const uint32_t magic2 = MAGIC2;
        uint64_t features;
        size_t size;

        int r = measure(found->vectors.bytes, found->vectors.size, &features, &size);
        if (r < 0)
                return r;
        if (size + MORE > sizeof(f->bytes) || top < size + MORE)
                return -EOPNOTSUPP;
        /* XRSTOR wants 64, and a function's first instruction finds the stack 8 off 16. */
        uint64_t state_at = (top - size - sizeof(magic2)) & ~UINT64_C(63);
        f->address = ((state_at - sizeof(k)) & ~UINT64_C(15)) - 8;
        f->size = (size_t)(state_at - f->address) + size + sizeof(magic2);

        fill_context(&k, &regs);
        k.context.fpstate = state_at;
        if (features)
                k.flags |= UC_FP_XSTATE;
        unsigned char *to = f->bytes + (state_at - f->address);
        memset(f->bytes, 0, f->size);
        memcpy(f->bytes, &k, sizeof(k));
        memcpy(to, found->vectors.bytes, size);
        struct sw_bytes sw = {};
        if (features)
                sw = (struct sw_bytes){
                        .magic1 = MAGIC1,
                        .extended_size = (uint32_t)(size + sizeof(magic2)),
                        .features = features,
                        .size = (uint32_t)size,
                };
        memcpy(to + SW_BYTES_AT, &sw, sizeof(sw));
        memcpy(to + size, &magic2, sizeof(magic2));
        return 0;
}

static size_t frame_room(const struct inject_vectors *vectors)
{
        return vectors->size + MORE;
}

static int read_vectors(struct inject_thread *t, struct inject_vectors *ret, struct error *error)
{
        int r = inject_thread_get(t, NT_X86_XSTATE, ret->bytes, sizeof(ret->bytes), &ret->size);

        if (r < 0)
                r = inject_thread_get(t, NT_PRFPREG, ret->bytes, XSAVE_HEADER_AT, &ret->size);
        return r < 0 ? error_set_errno(error, -r, "failed to read the state of its vector unit")
                     : 0;
}

/* What it goes on with: the kernel makes the call again when it finds its result in the registers,
 * unless a signal's handler runs before. And the same as that handler would leave it. */
static int judge_call(struct inject_thread *t, struct inject_found *f, struct error *error)
{
        struct user_regs_struct regs = of(&f->registers);
        struct user_regs_struct by_itself = regs;

        if ((long long)regs.orig_rax < 0)
                return inject_thread_check_rseq(t, error);
        f->restart =
                inject_thread_restart(regs.orig_rax, (long)regs.rax, inject_thread_has_signal(t));
        switch (f->restart) {
        case INJECT_RESTART_NONE:
                return 0;
        case INJECT_RESTART_OURS:
                regs.rax = (unsigned long long)-INJECT_RESTART_NO_HANDLER;
                f->registers = from(&regs);
                break;
        case INJECT_RESTART_BLOCK:
                /* What rt_sigreturn forgets: the call says that it was interrupted. */
                by_itself.rax = (unsigned long long)-EINTR;
                f->by_itself = from(&by_itself);
                return 0;
        case INJECT_RESTART_KERNEL:
                break;
        }
        by_itself.rax = by_itself.orig_rax;
        by_itself.rip -= 2;
        f->by_itself = from(&by_itself);
        return 0;
}

static int find(struct inject_thread *t, struct inject_found *ret, struct error *error)
{
        size_t n;

        *ret = (struct inject_found){};
        int r = inject_thread_get(t, NT_PRSTATUS, &ret->registers, sizeof(ret->registers), &n);
        if (r < 0)
                return error_set_errno(error, -r, "failed to read its registers");
        /* The layout is that of what the thread runs. */
        if (n != sizeof(struct user_regs_struct))
                return error_set(error, EOPNOTSUPP, "runs code of another architecture (32 bits)");
        ret->by_itself = ret->registers;
        r = judge_call(t, ret, error);
        return r < 0 ? r : read_vectors(t, &ret->vectors, error);
}

static uint64_t stack_pointer(const struct inject_registers *registers)
{
        return of(registers).rsp;
}

static void set_call(struct inject_registers *registers, const struct inject_code *code,
                     uint64_t sp, const uint64_t *words)
{
        struct user_regs_struct regs = of(registers);

        regs.rax = words[0];
        regs.rdi = words[1];
        regs.rsi = words[2];
        regs.rdx = words[3];
        regs.orig_rax = (unsigned long long)-1;
        regs.rip = code->call;
        regs.rsp = sp;
        regs.eflags &= ~(unsigned long long)FLAGS_CLEARED;
        *registers = from(&regs);
}

static long result(const struct inject_registers *registers)
{
        return (long)of(registers).rax;
}

static int set_number(struct inject_thread *t, int number)
{
        return inject_thread_request(t, PTRACE_POKEUSER, offsetof(struct user, regs.orig_rax),
                                     (void *)(intptr_t)number);
}

static int go_back(struct inject_thread *t, const struct inject_found *found,
                   const struct inject_code *code, const struct inject_frame *frame)
{
        (void)code;
        (void)frame;
        /* Where a stopped thread looks at what it has to go on with. */
        int r = inject_thread_interrupt(t);
        if (r >= 0)
                r = inject_thread_set_mask(t, found->mask);
        int set = t->lost ? 0
                          : inject_thread_set(t, NT_PRSTATUS, &found->registers,
                                              sizeof(struct user_regs_struct));
        return r < 0 ? r : set;
}

/* Each C library and Go's runtime has both pieces of code: the first where a call has no error to
 * tell (sched_yield), the second because the kernel wants one from whoever handles signals. */
const struct inject_machine inject_x86 = {
        .call = {{0x0f, 0x05, 0xc3}, 3}, /* syscall; ret */
        /* mov $15, %rax; syscall */
        .restore = {{0x48, 0xc7, 0xc0, 0x0f, 0x00, 0x00, 0x00, 0x0f, 0x05}, 9},
        .alignment = 1,
        .registers_size = sizeof(struct user_regs_struct),
        .find = find,
        .stack_pointer = stack_pointer,
        .frame_room = frame_room,
        .make_frame = make_frame,
        .set_call = set_call,
        .result = result,
        .set_number = set_number,
        .go_back = go_back,
};
