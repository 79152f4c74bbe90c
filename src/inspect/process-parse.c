/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "inspect/process-facts.h"
#include "util/text.h"

int process_parse_stat_parent(const char *text, size_t n, pid_t *ret)
{
        /* The name may hold anything, ") 1" too: its end is the last bracket. */
        const char *p = memrchr(text, ')', n);
        char fields[32]; /* ") S 4194304 ", and there need not be a NUL behind @text */
        int parent;

        if (!p)
                return -EINVAL;
        n = MIN((size_t)(text + n - p), sizeof(fields) - 1);
        memcpy(fields, p, n);
        fields[n] = '\0';
        if (sscanf(fields, ") %*c %d", &parent) != 1 || parent < 0)
                return -EINVAL;
        *ret = parent;
        return 0;
}

static void parse_ns_pids(const char *p, struct process_facts *facts)
{
        int pid, used;

        while (facts->n_pids < PROCESS_PIDS_MAX && sscanf(p, " %d%n", &pid, &used) == 1) {
                facts->pids[facts->n_pids++] = pid;
                p += used;
        }
}

int process_parse_status(const char *text, struct process_facts *facts)
{
        bool any = false;

        facts->n_pids = 0;
        for (const char *line = text; line; line = strchr(line, '\n')) {
                line += *line == '\n';
                if (sscanf(line, "Uid: %" SCNu32, &facts->uid) == 1)
                        facts->has_uid = any = true;
                else if (strncmp(line, "NSpid:", 6) == 0)
                        parse_ns_pids(line + 6, facts);
                else
                        (void)sscanf(line, "Threads: %" SCNu64, &facts->threads);
        }
        return any ? 0 : -EINVAL;
}

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

char *process_format_command_line(const char *arguments, size_t n)
{
        char *line = NULL;
        size_t size = 0;
        FILE *f = open_memstream(&line, &size);
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
        failed = failed || ferror(f);
        if (fclose(f) != 0 || failed) {
                free(line);
                return NULL;
        }
        return line;
}

/* cmd/internal/buildid: the linker puts this at the start of the text segment, within the first
 * 32 KiB of the file, on every platform. */
bool process_is_go(const char *bytes, size_t n)
{
        static const char mark[] = "\xff Go build ID: \"";

        return memmem(bytes, n, mark, sizeof(mark) - 1);
}
