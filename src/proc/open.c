/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "proc/open.h"

#include <fcntl.h>
#include <stdio.h>

#include "proc/stat.h"
#include "util/macro.h"

int proc_open(void)
{
        int fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return fd < 0 ? negative_errno() : fd;
}

int proc_open_process(int root_fd, pid_t pid)
{
        char name[16];

        (void)snprintf(name, sizeof(name), "%d", (int)pid);
        int fd = openat(root_fd, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return errno == ENOENT ? -ESRCH : negative_errno();
        return fd;
}

int proc_open_started(int root_fd, pid_t pid, uint64_t start_ticks)
{
        struct proc_stat stat;

        _cleanup_close_ int fd = proc_open_process(root_fd, pid);
        if (fd < 0)
                return fd;
        int r = proc_stat_read(fd, &stat);
        if (r < 0)
                return r;
        return stat.start_ticks == start_ticks ? TAKE_FD(fd) : -ESRCH;
}

int proc_open_lives(int dir_fd)
{
        if (faccessat(dir_fd, "stat", F_OK, 0) == 0)
                return 1;
        return errno == ENOENT || errno == ESRCH ? 0 : negative_errno();
}
