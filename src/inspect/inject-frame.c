/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/inject-frame.h"

#include <string.h>

#ifdef __x86_64__

#include <cpuid.h>

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

int inject_frame_make(struct inject_frame *f, const struct user_regs_struct *regs, uint64_t mask,
                      const void *state, size_t state_size, uint64_t restore, uint64_t top)
{
        struct kernel_frame k = {
                .return_address = restore,
                .flags = UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS,
                .stack.mode = NO_STACK_MODE,
                .mask = mask,
        };
        const uint32_t magic2 = MAGIC2;
        uint64_t features;
        size_t size;

        int r = measure(state, state_size, &features, &size);
        if (r < 0)
                return r;
        if (size + INJECT_FRAME_MORE > sizeof(f->bytes) || top < size + INJECT_FRAME_MORE)
                return -EOPNOTSUPP;
        /* XRSTOR wants 64, and a function's first instruction finds the stack 8 off 16. */
        uint64_t state_at = (top - size - sizeof(magic2)) & ~UINT64_C(63);
        f->address = ((state_at - sizeof(k)) & ~UINT64_C(15)) - 8;
        f->size = (size_t)(state_at - f->address) + size + sizeof(magic2);

        fill_context(&k, regs);
        k.context.fpstate = state_at;
        if (features)
                k.flags |= UC_FP_XSTATE;
        unsigned char *to = f->bytes + (state_at - f->address);
        memset(f->bytes, 0, f->size);
        memcpy(f->bytes, &k, sizeof(k));
        memcpy(to, state, size);
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

#endif
