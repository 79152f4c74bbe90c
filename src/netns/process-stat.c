/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netns/process-stat.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "util/file.h"
#include "util/macro.h"

#define STAT_MAX ((size_t)4096)

int process_stat_read(int proc_fd, pid_t pid, pid_t *ret_parent, uint64_t *ret_start_ticks)
{
        _cleanup_free_ char *text = NULL;
        char path[32];

        (void)snprintf(path, sizeof(path), "%d/stat", (int)pid);
        int r = file_read_at(proc_fd, path, STAT_MAX, &text, NULL);
        if (r < 0)
                return r;
        /* Fields 4 and 22 of proc_pid_stat(5), behind a name that may hold anything. */
        const char *end = strrchr(text, ')');
        int parent;
        if (!end || sscanf(end,
                           ") %*c %d %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
                           "%*s %*s %" SCNu64,
                           &parent, ret_start_ticks) != 2)
                return -EINVAL;
        *ret_parent = parent;
        return 0;
}
