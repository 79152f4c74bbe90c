/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "proc/maps.h"

#include <string.h>

#include "test-netns.h"

#define TEXT(s) (s), strlen(s)

static void test_maps(void **state)
{
        struct maps_line m;

        assert_true(proc_maps_parse(TEXT("7f1-7f2 rw-s 00000000 00:08 8775                  "
                                         "       socket:[8775]"),
                                    &m));
        assert_int_equal(m.device, 8);
        assert_int_equal(m.inode, 8775);
        assert_true(m.writable);
        assert_int_equal(m.name_length, strlen("socket:[8775]"));
        assert_memory_equal(m.name, "socket:[8775]", m.name_length);
        assert_true(proc_maps_parse(TEXT("7f1-7f2 r--p 00000000 fe:1f 12 /lib/x y.so"), &m));
        assert_int_equal(m.device, UINT64_C(0xfe) << 32 | 0x1f);
        assert_false(m.writable);
        assert_memory_equal(m.name, "/lib/x y.so", m.name_length);
        assert_true(proc_maps_parse(TEXT("7f1-7f2 r--p 00000000 00:10 3"), &m));
        assert_int_equal(m.name_length, 0);
        assert_false(proc_maps_parse(TEXT("7f1-7f2 r--p 00000000 00:00 0 "), &m));
        assert_false(proc_maps_parse(TEXT("7f1-7f2 r--p 00000000 0000 1 "), &m));
        assert_false(proc_maps_parse(TEXT("7f1 r--p 00000000 00:10 3"), &m));
        assert_false(proc_maps_parse(TEXT("7f1-7g2 r--p 00000000 00:10 3"), &m));
        assert_false(proc_maps_parse(TEXT("7f1-7f2 r-xp zero 00:10 3"), &m));
        assert_false(proc_maps_parse(TEXT("7f1-7f2 r"), &m));
        assert_false(proc_maps_parse(TEXT(""), &m));
}

static void test_code(void **state)
{
        struct maps_line m;

        assert_true(proc_maps_parse_any(
                TEXT("555555556000-555555558000 r-xp 00002000 fe:01 77 /bin/x"), &m));
        assert_true(m.start == 0x555555556000 && m.end == 0x555555558000 && m.offset == 0x2000);
        assert_true(m.executable && !m.writable);
        assert_int_equal(m.inode, 77);
        assert_true(proc_maps_parse_any(
                TEXT("ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0          [vsyscall]"),
                &m));
        assert_true(m.start == 0xffffffffff600000 && m.executable && m.inode == 0);
        assert_memory_equal(m.name, "[vsyscall]", m.name_length);
        assert_true(proc_maps_parse_any(TEXT("7f1-7f2 rw-p 00000000 00:00 0 "), &m));
        assert_true(!m.executable && m.name_length == 0);
        assert_false(proc_maps_parse_any(TEXT("7f1-7f2 rw 00000000 00:00 0 "), &m));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_code),
                cmocka_unit_test(test_maps),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
