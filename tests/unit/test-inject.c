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
        const struct inject_machine *m = inject_machine();
        struct inject_code code = {};
        unsigned char text[64];

        if (!m)
                skip();
        memset(text, 0x90, sizeof(text));
        memcpy(text + 4, m->call.bytes, m->call.n - 1);
        memcpy(text + 17, m->call.bytes, m->call.n);
        memcpy(text + 32, m->call.bytes, m->call.n);
        memcpy(text + 48, m->restore.bytes, m->restore.n);
        inject_code_find(m, text, 17 + m->call.n - 1, 0x1000, &code);
        assert_int_equal(code.call, 0);
        inject_code_find(m, text, sizeof(text), 0x1000, &code);
        assert_int_equal(code.call, m->alignment == 1 ? 0x1011 : 0x1020);
        assert_int_equal(code.restore, 0x1030);
        inject_code_find(m, text, sizeof(text), 0x2000, &code);
        assert_int_equal(code.restore, 0x1030);
        assert_false(inject_code_is_there(m, getpid(), &code));
        /* An emulator of programs does not know how to read memory. */
        if (inject_code_read(getpid(), (uintptr_t)text, &(char){0}, 1) == -ENOSYS)
                skip();
        code.call = (uintptr_t)text + 32;
        code.restore = (uintptr_t)text + 48;
        assert_true(inject_code_is_there(m, getpid(), &code));
        code.restore++;
        assert_false(inject_code_is_there(m, getpid(), &code));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_ranges),
                cmocka_unit_test(test_code),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
