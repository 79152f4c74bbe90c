/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "proc/comm.h"

#include "util/file.h"
#include "util/text.h"

/* A kernel thread's has 64 bytes, all others' 16. */
#define COMM_MAX ((size_t)4096)

int proc_comm_read(int dir_fd, char **ret)
{
        _cleanup_free_ char *text = NULL;
        size_t n;

        int r = file_read_at(dir_fd, "comm", COMM_MAX, &text, &n);
        if (r < 0)
                return r;
        if (n > 0 && text[n - 1] == '\n')
                n--;
        *ret = text_escape(text, n);
        return *ret ? 0 : -ENOMEM;
}
