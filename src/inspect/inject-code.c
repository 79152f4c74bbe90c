/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/inject-code.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>

#include "util/line-reader.h"

/* x86-64. Each C library and Go's runtime has both: the first where a call has no error to tell
 * (sched_yield), the second because the kernel wants one from whoever handles signals. */
static const unsigned char call_bytes[] = {0x0f, 0x05, 0xc3};
static const unsigned char restore_bytes[] = {0x48, 0xc7, 0xc0, 0x0f, 0x00, 0x00, 0x00, 0x0f, 0x05};

/* Read at a time, of so much of one file. */
#define CHUNK   ((size_t)256 * 1024)
#define OVERLAP (sizeof(restore_bytes) - 1)
#define AT_MOST ((uint64_t)64 * 1024 * 1024)

static uint64_t find(const void *text, size_t n, uint64_t address, const void *what, size_t size)
{
        const char *at = memmem(text, n, what, size);

        return at ? address + (uint64_t)(at - (const char *)text) : 0;
}

void inject_code_find(const void *text, size_t n, uint64_t address, struct inject_code *code)
{
        if (!code->call)
                code->call = find(text, n, address, call_bytes, sizeof(call_bytes));
        if (!code->restore)
                code->restore = find(text, n, address, restore_bytes, sizeof(restore_bytes));
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

static void search_range(pid_t pid, uint64_t start, uint64_t end, void *buffer,
                         struct inject_code *code)
{
        for (uint64_t at = start; at < end && !is_found(code); at += CHUNK - OVERLAP) {
                ssize_t n = inject_code_read(pid, at, buffer, (size_t)MIN(end - at, CHUNK));
                if (n <= 0)
                        return;
                inject_code_find(buffer, (size_t)n, at, code);
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

int inject_code_search(pid_t pid, int process_fd, struct inject_code *ret,
                       struct inject_range *ret_stack)
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
                if (!range.is_code || is_found(&code) || read > AT_MOST)
                        continue;
                read += range.end - range.start;
                search_range(pid, range.start, range.end, buffer, &code);
        }
        *ret = code;
        return r < 0 ? r : is_found(&code) ? 0 : -ENOENT;
}

bool inject_code_is_there(pid_t pid, const struct inject_code *code)
{
        unsigned char bytes[sizeof(restore_bytes)];

        return inject_code_read(pid, code->call, bytes, sizeof(call_bytes)) ==
                       (ssize_t)sizeof(call_bytes) &&
               memcmp(bytes, call_bytes, sizeof(call_bytes)) == 0 &&
               inject_code_read(pid, code->restore, bytes, sizeof(restore_bytes)) ==
                       (ssize_t)sizeof(restore_bytes) &&
               memcmp(bytes, restore_bytes, sizeof(restore_bytes)) == 0;
}
