/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/inject.h"

#include <string.h>

#include "test-netns.h"

static bool parse(const char *line, struct inject_range *ret)
{
        return inject_code_parse_range(line, ret);
}

static void test_ranges(void **state)
{
        struct inject_range r;

        assert_true(parse("7f00-7fff r-xp 00001000 08:01 42      /usr/lib/libc.so.6", &r));
        assert_int_equal(r.start, 0x7f00);
        assert_int_equal(r.end, 0x7fff);
        assert_true(r.is_code && !r.is_stack);
        assert_true(parse("7f00-7fff r-xs 00001000 08:01 42 /x", &r));
        assert_false(r.is_code);
        assert_true(parse("7f00-7fff rw-p 00000000 00:00 0                  [stack]", &r));
        assert_true(r.is_stack && !r.is_code);
        assert_true(parse("7f00-7fff rwxp 00000000 00:00 0 [stack]", &r));
        assert_true(r.is_stack);
        /* A file of that name has a path. */
        assert_true(parse("7f00-7fff rw-p 00000000 08:01 42 /[stack]", &r));
        assert_false(r.is_stack);
        assert_true(parse("7f00-7fff rw-s 00000000 00:00 0 [stack]", &r));
        assert_false(r.is_stack);
        assert_true(parse("7f00-7fff rw-p 00000000 00:00 0 ", &r));
        assert_false(r.is_stack);
        assert_false(parse("7fff-7f00 rw-p 00000000 00:00 0 ", &r));
        assert_false(parse("7f00 rw-p", &r));
        assert_false(parse("", &r));
}

static void test_code(void **state)
{
        static const unsigned char text[] = {0x90, 0x0f, 0x05, 0x90, 0x0f, 0x05, 0xc3, 0x48,
                                             0xc7, 0xc0, 0x0f, 0x00, 0x00, 0x00, 0x0f, 0x05};
        struct inject_code code = {};

        inject_code_find(text, 6, 0x1000, &code);
        assert_int_equal(code.call, 0);
        inject_code_find(text, sizeof(text), 0x1000, &code);
        assert_int_equal(code.call, 0x1004);
        assert_int_equal(code.restore, 0x1007);
        inject_code_find(text, sizeof(text), 0x2000, &code);
        assert_int_equal(code.call, 0x1004);
        assert_false(inject_code_is_there(getpid(), &code));
        code.call = (uintptr_t)text + 4;
        code.restore = (uintptr_t)text + 7;
        assert_true(inject_code_is_there(getpid(), &code));
        code.restore++;
        assert_false(inject_code_is_there(getpid(), &code));
}

#ifdef __x86_64__

#include <sys/syscall.h>

#include "inspect/inject-frame.h"
#include "inspect/inject-thread.h"

static void test_restart(void **state)
{
        assert_int_equal(inject_thread_restart(SYS_read, -512, false), INJECT_RESTART_KERNEL);
        assert_int_equal(inject_thread_restart(SYS_read, -513, true), INJECT_RESTART_KERNEL);
        assert_int_equal(inject_thread_restart(SYS_ppoll, -514, false), INJECT_RESTART_KERNEL);
        assert_int_equal(inject_thread_restart(SYS_nanosleep, -516, false), INJECT_RESTART_BLOCK);
        assert_int_equal(inject_thread_restart(SYS_epoll_wait, -EINTR, false), INJECT_RESTART_OURS);
        /* It is not because of us alone. */
        assert_int_equal(inject_thread_restart(SYS_epoll_wait, -EINTR, true), INJECT_RESTART_NONE);
        /* It may have done something. */
        assert_int_equal(inject_thread_restart(SYS_connect, -EINTR, false), INJECT_RESTART_NONE);
        assert_int_equal(inject_thread_restart(SYS_read, 3, false), INJECT_RESTART_NONE);
        assert_int_equal(inject_thread_restart(SYS_read, -EIO, false), INJECT_RESTART_NONE);
}

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
        unsigned char fp[512];

        memset(fp, 0x5a, sizeof(fp));
        assert_int_equal(inject_frame_make(&f, &regs, 0xabcd, fp, sizeof(fp), 0x1234, 0x7fff7f80),
                         0);
        assert_int_equal(f.address % 16, 8);
        assert_true(f.address + f.size <= 0x7fff7f80);
        assert_true(f.size < sizeof(fp) + INJECT_FRAME_MORE);
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
        assert_int_equal(inject_frame_make(&f, &regs, 0, fp, sizeof(fp), 0, 100), -EOPNOTSUPP);
        assert_int_equal(inject_frame_make(&f, &regs, 0, fp, 100, 0, 1 << 20), -EOPNOTSUPP);
}

#endif

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_ranges),
                cmocka_unit_test(test_code),
#ifdef __x86_64__
                cmocka_unit_test(test_restart),
                cmocka_unit_test(test_frame),
#endif
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
