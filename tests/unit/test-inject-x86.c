/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/inject-machine.h"

#include <string.h>
#include <sys/user.h>

#include "test-netns.h"

static uint64_t word(const struct inject_frame *f, size_t at)
{
        uint64_t w;

        memcpy(&w, f->bytes + at, sizeof(w));
        return w;
}

/* FXSAVE's 512 bytes alone; where things are is the kernel's rt_sigframe. */
static void test_frame(void **state)
{
        static struct inject_frame f;
        const struct user_regs_struct regs = {.rip = 0x4711, .rsp = 0x7fff8000, .rax = 5, .cs = 51};
        struct inject_found found = {.mask = 0xabcd, .vectors.size = 512};

        memcpy(&found.by_itself, &regs, sizeof(regs));
        memset(found.vectors.bytes, 0x5a, 512);
        assert_int_equal(inject_x86.make_frame(&f, &found, 0x1234, 0x7fff7f80), 0);
        assert_int_equal(f.address % 16, 8);
        assert_true(f.address + f.size <= 0x7fff7f80);
        assert_true(f.size < inject_x86.frame_room(&found.vectors));
        assert_int_equal(word(&f, 0), 0x1234);
        /* The alternate stack's mode is none that there is. */
        assert_true((uint32_t)word(&f, 32) & ~3U);
        assert_int_equal(word(&f, 48 + 15 * 8), 0x7fff8000);
        assert_int_equal(word(&f, 48 + 16 * 8), 0x4711);
        assert_int_equal(word(&f, 48 + 13 * 8), 5);
        assert_int_equal(word(&f, 48 + 256), 0xabcd);
        uint64_t at = word(&f, 48 + 23 * 8);
        assert_int_equal(at % 64, 0);
        assert_int_equal(f.bytes[at - f.address], 0x5a);
        /* No magic: nothing but these 512. */
        assert_int_equal((uint32_t)word(&f, at - f.address + 464), 0);
        assert_int_equal(inject_x86.make_frame(&f, &found, 0, 100), -EOPNOTSUPP);
        found.vectors.size = 100;
        assert_int_equal(inject_x86.make_frame(&f, &found, 0, 1 << 20), -EOPNOTSUPP);
}

static void test_call(void **state)
{
        const struct inject_code code = {.call = 0x1000, .restore = 0x2000};
        const uint64_t words[] = {41, 1, 2, 3};
        struct inject_registers registers;
        struct user_regs_struct regs = {.rip = 0x4711, .rsp = 0x7fff8000, .rbx = 7, .orig_rax = 5};

        memcpy(&registers, &regs, sizeof(regs));
        regs.eflags = 0x400;
        inject_x86.set_call(&registers, &code, 0x7fff0008, words);
        memcpy(&regs, &registers, sizeof(regs));
        assert_int_equal(regs.rip, 0x1000);
        assert_int_equal(regs.rsp, 0x7fff0008);
        assert_int_equal(regs.rax, 41);
        assert_int_equal(regs.rdx, 3);
        assert_int_equal(regs.rbx, 7);
        assert_int_equal(regs.eflags, 0);
        /* Nothing is restarted. */
        assert_true((int64_t)regs.orig_rax < 0);
        assert_int_equal(inject_x86.stack_pointer(&registers), 0x7fff0008);
        assert_int_equal(inject_x86.result(&registers), 41);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_frame),
                cmocka_unit_test(test_call),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
