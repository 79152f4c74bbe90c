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
        assert_false(proc_maps_parse(TEXT("7f1-7f2 r"), &m));
        assert_false(proc_maps_parse(TEXT(""), &m));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_maps),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
