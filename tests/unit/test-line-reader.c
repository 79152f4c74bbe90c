/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Lines of any length, through one buffer. */

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "util/line-reader.h"

/* A file of those bytes, to be read by name. */
static void write_file(int fd, const char *bytes, size_t n)
{
        assert_int_equal(ftruncate(fd, 0), 0);
        assert_int_equal(pwrite(fd, bytes, n, 0), (ssize_t)n);
}

static void open_reader(struct line_reader *r, int fd)
{
        char path[64];

        (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        assert_int_equal(line_reader_open(r, AT_FDCWD, path), 0);
}

static void assert_line(struct line_reader *r, const char *expected)
{
        const char *line;
        size_t n;

        assert_int_equal(line_reader_next(r, &line, &n), 1);
        assert_int_equal(n, strlen(expected));
        assert_memory_equal(line, expected, n);
        assert_false(r->cut);
}

static void assert_end(struct line_reader *r)
{
        const char *line;
        size_t n;

        assert_int_equal(line_reader_next(r, &line, &n), 0);
        assert_int_equal(line_reader_next(r, &line, &n), 0);
}

static void test_lines(void **state)
{
        static const struct {
                const char *text;
                const char *lines[4];
        } cases[] = {
                {"", {NULL}},
                {"a", {"a"}},
                {"a\n", {"a"}},
                {"a\nb", {"a", "b"}},
                {"\n\nx\n", {"", "", "x"}},
        };
        _cleanup_close_ int fd = memfd_create("lines", MFD_CLOEXEC);

        assert_true(fd >= 0);
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_(line_reader_closep) struct line_reader r;
                write_file(fd, cases[i].text, strlen(cases[i].text));
                open_reader(&r, fd);
                for (size_t k = 0; cases[i].lines[k]; k++)
                        assert_line(&r, cases[i].lines[k]);
                assert_end(&r);
        }
}

/* Lines across the end of the buffer, at each place where one can begin. */
static void test_across_the_buffer(void **state)
{
        _cleanup_close_ int fd = memfd_create("lines", MFD_CLOEXEC);
        _cleanup_free_ char *text = malloc(3 * LINE_READER_SIZE);
        char expected[32];

        assert_true(fd >= 0);
        assert_non_null(text);
        for (unsigned shift = 0; shift < 8; shift++) {
                _cleanup_(line_reader_closep) struct line_reader r;
                size_t n = (size_t)snprintf(text, 16, "%.*s\n", (int)shift, "xxxxxxxx"), lines = 0;
                while (n < 2 * LINE_READER_SIZE)
                        n += (size_t)snprintf(text + n, 32, "line %zu\n", lines++);
                write_file(fd, text, n);
                open_reader(&r, fd);
                (void)snprintf(expected, sizeof(expected), "%.*s", (int)shift, "xxxxxxxx");
                assert_line(&r, expected);
                for (size_t i = 0; i < lines; i++) {
                        (void)snprintf(expected, sizeof(expected), "line %zu", i);
                        assert_line(&r, expected);
                }
                assert_end(&r);
        }
}

/* One that is longer than the buffer is cut, and said to be; the next is whole. */
static void test_long_line(void **state)
{
        static const size_t lengths[] = {LINE_READER_SIZE - 1, LINE_READER_SIZE,
                                         LINE_READER_SIZE + 1, 3 * LINE_READER_SIZE};
        _cleanup_close_ int fd = memfd_create("lines", MFD_CLOEXEC);
        _cleanup_free_ char *text = malloc(4 * LINE_READER_SIZE);
        const char *line;
        size_t n;

        assert_true(fd >= 0);
        assert_non_null(text);
        for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
                _cleanup_(line_reader_closep) struct line_reader r;
                memset(text, 'x', lengths[i]);
                (void)strcpy(text + lengths[i], "\nnext\n");
                write_file(fd, text, lengths[i] + strlen("\nnext\n"));
                open_reader(&r, fd);
                assert_int_equal(line_reader_next(&r, &line, &n), 1);
                assert_int_equal(n, MIN(lengths[i], (size_t)LINE_READER_SIZE));
                /* Of a line that fills the buffer, it cannot be seen that it ends there. */
                assert_int_equal(r.cut, lengths[i] >= LINE_READER_SIZE);
                assert_line(&r, "next");
                assert_end(&r);
        }
        /* And one that never ends. */
        _cleanup_(line_reader_closep) struct line_reader r;
        memset(text, 'x', 4 * LINE_READER_SIZE);
        write_file(fd, text, 4 * LINE_READER_SIZE);
        open_reader(&r, fd);
        assert_int_equal(line_reader_next(&r, &line, &n), 1);
        assert_true(r.cut);
        assert_end(&r);
}

static void test_no_file(void **state)
{
        _cleanup_(line_reader_closep) struct line_reader r;

        assert_int_equal(line_reader_open(&r, AT_FDCWD, "/proc/self/no-such-file"), -ENOENT);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_lines),
                cmocka_unit_test(test_across_the_buffer),
                cmocka_unit_test(test_long_line),
                cmocka_unit_test(test_no_file),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
