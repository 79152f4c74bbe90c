/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/process-parse.h"

#include <stdio.h>
#include <string.h>

#include "util/text-file.h"
#include "util/text.h"

/* Whether a shell takes the word as it is. */
static bool is_plain(const char *s)
{
        return *s && s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                 "%+,-./:=@_^")] == '\0';
}

static void print_quoted(FILE *f, const char *s)
{
        if (is_plain(s)) {
                fputs(s, f);
                return;
        }
        fputc('\'', f);
        for (; *s; s++) {
                if (*s == '\'')
                        fputs("'\\''", f);
                else
                        fputc(*s, f);
        }
        fputc('\'', f);
}

char *process_parse_command_line(const char *arguments, size_t n)
{
        struct text_buffer buffer;
        FILE *f = text_file_open(&buffer);
        bool failed = false;

        if (!f)
                return NULL;
        for (const char *p = arguments, *end = arguments + n; p < end && !failed;) {
                size_t length = strnlen(p, (size_t)(end - p));
                _cleanup_free_ char *escaped = text_escape(p, length);

                if (p != arguments)
                        fputc(' ', f);
                if (escaped)
                        print_quoted(f, escaped);
                failed = !escaped;
                p += length + 1;
        }
        char *line = text_file_close(f, &buffer, NULL);
        if (!failed)
                return line;
        free(line);
        return NULL;
}
