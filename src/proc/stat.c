/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "proc/stat.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "proc/rest.h"
#include "util/file.h"

/* Longer than any: 52 numbers and a name of 64 bytes. */
#define STAT_MAX ((size_t)4096)

#define FIELD_STATE  3
#define FIELD_PARENT 4
#define FIELD_START  22
#define FIELD_STACK  28

/* The field of stacks, as far as there is one in what follows FIELD_START. */
static uint64_t take_stack_start(struct rest *r)
{
        uint64_t number = 0;
        struct rest field;

        for (unsigned i = FIELD_START + 1; i <= FIELD_STACK; i++)
                if (!rest_take_field(r, &field) || field.p == field.end)
                        return 0;
        return rest_take_number(&field, 10, &number) && field.p == field.end ? number : 0;
}

int proc_stat_parse(const char *text, size_t n, struct proc_stat *ret)
{
        const char *name_end = memrchr(text, ')', n);
        struct rest r = REST_OF(text, n), field;
        struct proc_stat stat = {};
        uint64_t number = 0;

        if (!name_end)
                return -EINVAL;
        r.p = name_end + 1;
        if (!rest_take_text(&r, " "))
                return -EINVAL;
        for (unsigned i = FIELD_STATE; i <= FIELD_START; i++) {
                if (!rest_take_field(&r, &field) || field.p == field.end)
                        return -EINVAL;
                if (i == FIELD_STATE)
                        stat.state = *field.p;
                else if ((i == FIELD_PARENT || i == FIELD_START) &&
                         (!rest_take_number(&field, 10, &number) || field.p != field.end))
                        return -EINVAL;
                if (i == FIELD_PARENT && number > INT_MAX)
                        return -EINVAL;
                if (i == FIELD_PARENT)
                        stat.parent = (pid_t)number;
        }
        /* More follows: a number at the end may have been cut. */
        if (r.p == r.end)
                return -EINVAL;
        stat.start_ticks = number;
        stat.stack_start = take_stack_start(&r);
        *ret = stat;
        return 0;
}

static int read_at(int dir_fd, const char *path, struct proc_stat *ret)
{
        _cleanup_free_ char *text = NULL;
        size_t n;

        int r = file_read_at(dir_fd, path, STAT_MAX, &text, &n);
        if (r < 0)
                return r == -ENOENT ? -ESRCH : r;
        return proc_stat_parse(text, n, ret);
}

int proc_stat_read(int dir_fd, struct proc_stat *ret)
{
        return read_at(dir_fd, "stat", ret);
}

int proc_stat_of(int root_fd, pid_t pid, struct proc_stat *ret)
{
        char path[32];

        (void)snprintf(path, sizeof(path), "%d/stat", (int)pid);
        return read_at(root_fd, path, ret);
}
