/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/fold.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "util/array.h"
#include "util/text.h"

/* Fewer than these nobody reads in. */
#define COLUMNS_MIN 20
#define COLUMNS_MAX 10000

/* "   Last scan: " */
#define LABEL_COLUMNS 12

struct folder {
        FILE *out; /* what stdout was */
        size_t columns;
        char *line; /* the beginning of one whose end was not printed yet */
        size_t n, room;
};

size_t fold_columns(int fd)
{
        const char *s = getenv("COLUMNS");
        struct winsize size = {};
        uint64_t n;

        if (!isatty(fd))
                return 0;
        if (!s || text_parse_u64(s, &n) < 0)
                n = ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
        return n >= COLUMNS_MIN && n <= COLUMNS_MAX ? n : 0;
}

/* Bytes of the character or escape sequence at @s; *ret_columns it takes. */
static size_t next_character(const char *s, size_t n, size_t *ret_columns)
{
        mbstate_t state = {};
        wchar_t c;

        if (s[0] == '\033' && n > 1 && s[1] == '[') {
                size_t i = 2;

                while (i < n && (s[i] == ';' || (s[i] >= '0' && s[i] <= '9')))
                        i++;
                *ret_columns = 0;
                return MIN(i + 1, n);
        }
        size_t length = mbrtowc(&c, s, n, &state);
        int columns = length > 0 && length <= n ? wcwidth(c) : -1;
        *ret_columns = columns < 0 ? 1 : (size_t)columns;
        return length > 0 && length <= n ? length : 1;
}

size_t fold_width(const char *text, size_t length)
{
        size_t n = 0, columns;

        for (size_t i = 0; i < length; n += columns)
                i += next_character(text + i, length - i, &columns);
        return n;
}

/* By how much a line that goes on is indented. */
static size_t indentation(const char *line, size_t length, size_t columns)
{
        size_t n = 0;

        if (length > LABEL_COLUMNS + 2 && line[LABEL_COLUMNS] == ':' &&
            line[LABEL_COLUMNS + 1] == ' ' && columns > 3 * (size_t)LABEL_COLUMNS)
                return LABEL_COLUMNS + 2;
        while (n < length && line[n] == ' ')
                n++;
        return n == 0 || n + 2 > columns / 2 ? 0 : n + 2;
}

void fold_line(FILE *out, const char *line, size_t length, size_t columns)
{
        size_t start = 0, i = 0, column = 0; /* what is to be printed, what is looked at, where */
        size_t space = 0, after = 0;         /* the last place to fold at, and its column */

        if (length > 0 && line[0] == FOLD_KEEP[0]) {
                line++;
                length--;
                columns = 0;
        }
        size_t indent = indentation(line, length, columns);
        /* Not in what it begins with. */
        size_t first = 0;
        while (first < length && line[first] == ' ')
                first++;
        while (columns > 0 && i < length) {
                size_t width, step = next_character(line + i, length - i, &width);

                if (line[i] == ' ' && i > MAX(start, first)) {
                        space = i;
                        after = column + 1;
                }
                column += width;
                i += step;
                if (column <= columns || space <= start || line[i - step] == ' ')
                        continue;
                (void)fwrite(line + start, 1, space - start, out);
                fprintf(out, "\n%*s", (int)indent, "");
                start = space + 1;
                column = column - after + indent;
        }
        (void)fwrite(line + start, 1, length - start, out);
}

static ssize_t fold_write(void *cookie, const char *bytes, size_t size)
{
        struct folder *f = cookie;

        while (f->n + size > f->room)
                if (!array_make_room(&f->line, f->room, &f->room, 1))
                        return 0;
        memcpy(f->line + f->n, bytes, size);
        f->n += size;
        char *line = f->line, *end;
        while ((end = memchr(line, '\n', f->n - (size_t)(line - f->line)))) {
                fold_line(f->out, line, (size_t)(end - line), f->columns);
                (void)fputc('\n', f->out);
                line = end + 1;
        }
        f->n -= (size_t)(line - f->line);
        memmove(f->line, line, f->n);
        return fflush(f->out) == 0 && !ferror(f->out) ? (ssize_t)size : 0;
}

static int fold_close(void *cookie)
{
        struct folder *f = cookie;

        fold_line(f->out, f->line, f->n, f->columns);
        int r = fclose(f->out);
        free(f->line);
        free(f);
        return r;
}

bool fold_start(size_t columns)
{
        const cookie_io_functions_t functions = {.write = fold_write, .close = fold_close};
        FILE *folding = NULL;

        struct folder *f = columns > 0 ? calloc(1, sizeof(*f)) : NULL;
        if (!f)
                return false;
        *f = (struct folder){.out = stdout, .columns = columns};
        /* Only in glibc another stream can be stdout. */
#ifdef __GLIBC__
        folding = fopencookie(f, "w", functions);
        if (folding)
                stdout = folding;
#else
        (void)functions;
#endif
        if (!folding)
                free(f);
        return folding;
}
