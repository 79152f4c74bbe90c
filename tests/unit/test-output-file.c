/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/output-file.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "test-directory.h"
#include "util/file.h"

static char directory[TEST_DIRECTORY_MAX];
static char path[TEST_DIRECTORY_MAX + 16], other[TEST_DIRECTORY_MAX + 16];

static int make(void **state)
{
        test_directory_make(directory);
        (void)snprintf(path, sizeof(path), "%s/file", directory);
        (void)snprintf(other, sizeof(other), "%s/other", directory);
        return 0;
}

static int clean(void **state)
{
        (void)unlink(path);
        (void)unlink(other);
        return 0;
}

static int remove_directory(void **state)
{
        return rmdir(directory);
}

static void write_file(const char *name, const char *text)
{
        _cleanup_close_ int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

        assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void assert_content(const char *name, const char *expected)
{
        _cleanup_free_ char *text = NULL;

        assert_int_equal(file_read_at(AT_FDCWD, name, 4096, &text, NULL), 0);
        assert_string_equal(text, expected);
}

static void assert_refused(const char *name, int errnum)
{
        _cleanup_(output_file_deinit) struct output_file f = OUTPUT_FILE_NULL;
        struct error error = {};

        assert_int_equal(output_file_open(&f, name, &error), -errnum);
        assert_memory_equal(error.text, "Failed to open ", 15);
}

static void test_what_was_there_is_gone_at_once(void **state)
{
        _cleanup_(output_file_deinit) struct output_file f = OUTPUT_FILE_NULL;
        struct error error = {};

        write_file(path, "of the last time, and longer");
        assert_int_equal(output_file_open(&f, path, &error), 0);
        assert_content(path, "");
        assert_int_equal(output_file_write(&f, "one, ", 5, &error), 0);
        assert_int_equal(output_file_write(&f, "two", 3, &error), 0);
        assert_int_equal(output_file_finish(&f, &error), 0);
        assert_content(path, "one, two");
}

static void test_a_file_that_is_put_in_its_place_is_left_alone(void **state)
{
        _cleanup_(output_file_deinit) struct output_file f = OUTPUT_FILE_NULL;
        struct error error = {};

        write_file(other, "precious");
        assert_int_equal(output_file_open(&f, path, &error), 0);
        assert_int_equal(unlink(path), 0);
        assert_int_equal(symlink(other, path), 0);
        assert_int_equal(output_file_write(&f, "text", 4, &error), 0);
        assert_int_equal(output_file_finish(&f, &error), -ESTALE);
        assert_non_null(strstr(error.text, path));
        assert_content(other, "precious");
}

static void test_a_file_that_is_removed(void **state)
{
        _cleanup_(output_file_deinit) struct output_file f = OUTPUT_FILE_NULL;
        struct error error = {};

        assert_int_equal(output_file_open(&f, path, &error), 0);
        assert_int_equal(unlink(path), 0);
        assert_int_equal(output_file_finish(&f, &error), -ESTALE);
}

static void test_links_are_refused(void **state)
{
        write_file(other, "precious");
        assert_int_equal(symlink(other, path), 0);
        assert_refused(path, ELOOP);
        assert_int_equal(unlink(path), 0);
        assert_int_equal(link(other, path), 0);
        assert_refused(path, EMLINK);
        assert_content(other, "precious");
}

static void test_what_cannot_be_written(void **state)
{
        assert_refused(directory, EISDIR);
        assert_refused("/nonexistent/file", ENOENT);
        assert_refused("", ENOENT);
        assert_refused("/dev/fd/1000000", EBADF);
        assert_refused("/dev/fd/-1", ENOENT);
        /* Without a reader. */
        assert_int_equal(mkfifo(path, 0600), 0);
        assert_refused(path, ENXIO);
}

static void test_a_descriptor_goes_on_where_it_is(void **state)
{
        _cleanup_(output_file_deinit) struct output_file f = OUTPUT_FILE_NULL;
        struct error error = {};
        char name[32];

        write_file(path, "before, ");
        _cleanup_close_ int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
        (void)snprintf(name, sizeof(name), "/dev/fd/%d", fd);
        assert_int_equal(output_file_open(&f, name, &error), 0);
        assert_int_equal(output_file_write(&f, "after", 5, &error), 0);
        assert_int_equal(output_file_finish(&f, &error), 0);
        assert_content(path, "before, after");
}

static void test_a_full_disk(void **state)
{
        _cleanup_(output_file_deinit) struct output_file f = OUTPUT_FILE_NULL;
        struct error error = {};

        assert_int_equal(output_file_open(&f, "/dev/full", &error), 0);
        assert_int_equal(output_file_write(&f, "text", 4, &error), -ENOSPC);
        assert_string_equal(error.text, "Failed to write /dev/full: No space left on device");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_teardown(test_what_was_there_is_gone_at_once, clean),
                cmocka_unit_test_teardown(test_a_file_that_is_put_in_its_place_is_left_alone,
                                          clean),
                cmocka_unit_test_teardown(test_a_file_that_is_removed, clean),
                cmocka_unit_test_teardown(test_links_are_refused, clean),
                cmocka_unit_test_teardown(test_what_cannot_be_written, clean),
                cmocka_unit_test_teardown(test_a_descriptor_goes_on_where_it_is, clean),
                cmocka_unit_test(test_a_full_disk),
        };
        return cmocka_run_group_tests(tests, make, remove_directory);
}
