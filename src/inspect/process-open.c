/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/process-open.h"

#include <stdio.h>

#include "proc/host.h"
#include "proc/open.h"
#include "util/kernel.h"

int process_open_dir(const struct process *p)
{
        _cleanup_close_ int root = proc_open();
        return root < 0 ? root : proc_open_started(root, p->pid, p->start_ticks);
}

int process_open_host(void)
{
        _cleanup_close_ int root = proc_open();

        return root < 0 ? root : proc_host_open(root);
}

int process_open_fd(const struct process *p, pid_t tid, int fd)
{
        bool thread = tid > 0 && tid != p->pid;
        _cleanup_close_ int pidfd = -EBADF, dir = -EBADF;

        if (thread && kernel_version() < KERNEL_VERSION_OF(6, 9))
                return -ENOTSUP;
        pidfd = kernel_pidfd_open(thread ? tid : p->pid, thread ? PIDFD_THREAD : 0);
        if (pidfd < 0)
                return pidfd;
        /* Opened before the process is checked: now the pidfd cannot be of a later one. */
        dir = process_open_dir(p);
        if (dir < 0)
                return dir;
        if (thread) {
                char path[32];
                (void)snprintf(path, sizeof(path), "task/%d", (int)tid);
                if (faccessat(dir, path, F_OK, 0) < 0)
                        return errno == ENOENT ? -ESRCH : negative_errno();
        }
        return kernel_pidfd_getfd(pidfd, fd);
}
