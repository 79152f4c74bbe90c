/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/inject-code.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>

#include "util/line-reader.h"

/* Read at a time, of so much of one file. */
#define CHUNK   ((size_t)256 * 1024)
#define OVERLAP (sizeof(((struct inject_bytes *)NULL)->bytes) - 1)
#define AT_MOST ((uint64_t)64 * 1024 * 1024)

static uint64_t find(const unsigned char *text, size_t n, uint64_t address,
                     const struct inject_bytes *what, size_t alignment)
{
        for (size_t from = 0; from < n; from++) {
                const unsigned char *at = memmem(text + from, n - from, what->bytes, what->n);
                if (!at)
                        break;
                from = (size_t)(at - text);
                if ((address + from) % alignment == 0)
                        return address + from;
        }
        return 0;
}

void inject_code_find(const struct inject_machine *m, const void *text, size_t n, uint64_t address,
                      struct inject_code *code)
{
        if (!code->call)
                code->call = find(text, n, address, &m->call, m->alignment);
        if (!code->restore)
                code->restore = find(text, n, address, &m->restore, m->alignment);
}

static bool is_found(const struct inject_code *code)
{
        return code->call && code->restore;
}

ssize_t inject_code_read(pid_t pid, uint64_t address, void *to, size_t n)
{
        struct iovec here = {to, n}, there = {(void *)(uintptr_t)address, n};
        ssize_t got = process_vm_readv(pid, &here, 1, &there, 1, 0);

        return got < 0 ? negative_errno() : got;
}

static void search_range(const struct inject_machine *m, pid_t pid, uint64_t start, uint64_t end,
                         void *buffer, struct inject_code *code)
{
        for (uint64_t at = start; at < end && !is_found(code); at += CHUNK - OVERLAP) {
                ssize_t n = inject_code_read(pid, at, buffer, (size_t)MIN(end - at, CHUNK));
                if (n <= 0)
                        return;
                inject_code_find(m, buffer, (size_t)n, at, code);
        }
}

bool inject_code_parse_range(const char *line, struct inject_range *ret)
{
        char permissions[5];
        int at = 0;

        if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %*x %*x:%*x %*u %n", &ret->start, &ret->end,
                   permissions, &at) < 3 ||
            at == 0 || ret->start >= ret->end)
                return false;
        ret->is_code = strcmp(permissions, "r-xp") == 0;
        ret->is_stack = permissions[0] == 'r' && permissions[1] == 'w' && permissions[3] == 'p' &&
                        strcmp(line + at, "[stack]") == 0;
        ret->is_kernels = strcmp(line + at, "[vdso]") == 0;
        return true;
}

/* A line that is cut off is one with a long name. */
static bool copy_line(const char *line, size_t n, char *to, size_t size)
{
        if (n >= size)
                n = size - 1;
        memcpy(to, line, n);
        to[n] = '\0';
        return !memchr(to, '\0', n);
}

int inject_code_search(const struct inject_machine *m, pid_t pid, int process_fd,
                       struct inject_code *ret, struct inject_range *ret_stack)
{
        _cleanup_(line_reader_closep) struct line_reader lines;
        _cleanup_free_ void *buffer = malloc(CHUNK);
        struct inject_code code = {};
        struct inject_range range;
        uint64_t read = 0;
        const char *line;
        char text[256];
        size_t n;

        *ret_stack = (struct inject_range){};
        int r = line_reader_open(&lines, process_fd, "maps");
        if (r < 0 || !buffer)
                return r < 0 ? r : -ENOMEM;
        while ((r = line_reader_next(&lines, &line, &n)) > 0) {
                if (!copy_line(line, n, text, sizeof(text)) ||
                    !inject_code_parse_range(text, &range))
                        continue;
                if (range.is_stack)
                        *ret_stack = range;
                if (!range.is_code || is_found(&code) || (read > AT_MOST && !range.is_kernels))
                        continue;
                read += range.end - range.start;
                search_range(m, pid, range.start, range.end, buffer, &code);
        }
        *ret = code;
        return r < 0 ? r : is_found(&code) ? 0 : -ENOENT;
}

static bool is_at(pid_t pid, uint64_t address, const struct inject_bytes *what)
{
        unsigned char bytes[sizeof(what->bytes)];

        return inject_code_read(pid, address, bytes, what->n) == (ssize_t)what->n &&
               memcmp(bytes, what->bytes, what->n) == 0;
}

bool inject_code_is_there(const struct inject_machine *m, pid_t pid, const struct inject_code *code)
{
        return is_at(pid, code->call, &m->call) && is_at(pid, code->restore, &m->restore);
}
