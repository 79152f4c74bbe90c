/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/process-open.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "census/procfs/parse.h"
#include "util/file.h"
#include "util/kernel.h"

/* Longer than any /proc/PID/stat: 52 numbers and a name of 64 bytes. */
#define STAT_MAX ((size_t)4096)

static int check_start(int dir_fd, uint64_t start_ticks)
{
        _cleanup_free_ char *text = NULL;
        uint64_t ticks;
        size_t n;
        int r;

        r = file_read_at(dir_fd, "stat", STAT_MAX, &text, &n);
        if (r < 0)
                return r == -ENOENT ? -ESRCH : r;
        r = parse_stat_start_ticks(text, n, &ticks);
        if (r < 0)
                return r;
        return ticks == start_ticks ? 0 : -ESRCH;
}

int process_open_dir(const struct process *p)
{
        _cleanup_close_ int fd = -EBADF;
        char path[32];

        (void)snprintf(path, sizeof(path), "/proc/%d", (int)p->pid);
        fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return errno == ENOENT ? -ESRCH : negative_errno();
        int r = check_start(fd, p->start_ticks);
        return r < 0 ? r : TAKE_FD(fd);
}

int process_getfd(const struct process *p, pid_t tid, int fd)
{
        bool thread = tid > 0 && tid != p->pid;
        _cleanup_close_ int pidfd = -EBADF, dir = -EBADF;

        if (thread && kernel_version() < KERNEL_VERSION_OF(6, 9))
                return -ENOTSUP;
        pidfd = kernel_pidfd_open(thread ? tid : p->pid, thread ? PIDFD_THREAD : 0);
        if (pidfd < 0)
                return pidfd;
        /* Opened before the process is checked: now the pidfd can not be of a later one. */
        dir = process_open_dir(p);
        if (dir < 0)
                return dir;
        if (thread) {
                char path[32];
                (void)snprintf(path, sizeof(path), "task/%d", (int)tid);
                if (faccessat(dir, path, F_OK, 0) < 0)
                        return -ESRCH;
        }
        return kernel_pidfd_getfd(pidfd, fd);
}
