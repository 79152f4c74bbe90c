/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "proc/host.h"

#include <limits.h>
#include <string.h>

#include "proc/rest.h"
#include "util/file.h"

bool proc_host_is_ours(int root_fd)
{
        char text[16];
        uint64_t pid;

        ssize_t n = readlinkat(root_fd, "self", text, sizeof(text));
        struct rest r = REST_OF(text, MAX(n, 0));
        return rest_take_number(&r, 10, &pid) && r.p == r.end && pid == (uint64_t)getpid();
}

int proc_host_last_pid(int root_fd, pid_t *ret)
{
        _cleanup_free_ char *text = NULL;
        uint64_t pid;
        size_t n;

        int r = file_read_at(root_fd, "loadavg", 256, &text, &n);
        if (r < 0)
                return r;
        const char *blank = memrchr(text, ' ', n);
        if (!blank)
                return -EINVAL;
        struct rest last = {blank + 1, text + n};
        if (!rest_take_number(&last, 10, &pid) || pid == 0 || pid > INT_MAX)
                return -EINVAL;
        *ret = (pid_t)pid;
        return 0;
}

uint32_t proc_host_major(const char *line, size_t n, const char *name)
{
        struct rest r = REST_OF(line, n);
        uint64_t major;

        rest_take_blanks(&r);
        return rest_take_number(&r, 10, &major) && rest_take_text(&r, " ") && rest_is(&r, name) &&
                               major <= UINT32_MAX
                       ? (uint32_t)major
                       : 0;
}
