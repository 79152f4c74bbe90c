/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "proc/dents.h"

#include <stdalign.h>
#include <stdio.h>

#include "recorded-proc.h"

/* The sum of all numbers that are listed, and how many they are. */
static uint64_t list(const char *path, char *buffer, size_t size, size_t *ret_n)
{
        _cleanup_close_ int fd = openat(recorded_root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        struct dents d = DENTS_INIT(fd, buffer, size);
        uint64_t number, sum = 0;
        const char *name;
        char same[16];
        int r;

        *ret_n = 0;
        while ((r = dents_next(&d, &number, &name)) > 0) {
                (void)snprintf(same, sizeof(same), "%u", (unsigned)number);
                assert_string_equal(name, same);
                sum += number;
                (*ret_n)++;
        }
        assert_int_equal(r, 0);
        return sum;
}

static void test_recorded(void **state)
{
        static const size_t sizes[] = {64, 256, 8192};
        alignas(8) char buffer[8192];
        size_t n;

        for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
                assert_int_equal(list(".", buffer, sizes[i], &n),
                                 101 + 202 + 303 + 404 + 505 + 606);
                assert_int_equal(n, 6);
                assert_int_equal(list("101/fd", buffer, sizes[i], &n), 0 + 3 + 4 + 5 + 6 + 7);
                assert_int_equal(n, 6);
                assert_int_equal(list("101/task", buffer, sizes[i], &n), 101 + 102);
                assert_int_equal(list("505", buffer, sizes[i], &n), 0);
                assert_int_equal(n, 0);
        }
}

static void test_goes_back(void **state)
{
        alignas(8) char buffer[8192];
        _cleanup_close_ int fd =
                openat(recorded_root, "101/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        struct dents d = DENTS_INIT(fd, buffer, sizeof(buffer));
        uint64_t first, again;
        const char *name;

        assert_true(dents_is_drained(&d));
        assert_int_equal(dents_next(&d, &first, &name), 1);
        assert_false(dents_is_drained(&d));
        int64_t before = d.before;
        while (dents_next(&d, &again, &name) > 0)
                ;
        assert_true(dents_is_drained(&d));
        assert_int_equal(dents_seek(&d, before), 0);
        assert_int_equal(dents_next(&d, &again, &name), 1);
        assert_int_equal(again, first);
}

static void test_no_directory(void **state)
{
        alignas(8) char buffer[256];
        _cleanup_close_ int fd = openat(recorded_root, "101/stat", O_RDONLY | O_CLOEXEC);
        struct dents d = DENTS_INIT(fd, buffer, sizeof(buffer));
        uint64_t number;
        const char *name;

        assert_int_equal(dents_next(&d, &number, &name), -ENOTDIR);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_recorded),
                cmocka_unit_test(test_goes_back),
                cmocka_unit_test(test_no_directory),
        };
        return cmocka_run_group_tests(tests, recorded_proc_make, recorded_proc_remove);
}
