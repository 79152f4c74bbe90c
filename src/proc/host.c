/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "proc/host.h"

#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "proc/link.h"
#include "proc/open.h"
#include "proc/rest.h"
#include "util/file.h"
#include "util/kernel.h"

bool proc_host_is_ours(int root_fd)
{
        char text[16];
        uint64_t pid;

        ssize_t n = readlinkat(root_fd, "self", text, sizeof(text));
        struct rest r = REST_OF(text, MAX(n, 0));
        return rest_take_number(&r, 10, &pid) && r.p == r.end && pid == (uint64_t)getpid();
}

/* The pidfd is of one process from before the look to behind it. */
bool proc_host_hides(int root_fd, pid_t pid)
{
        char path[32];

        if (!proc_host_is_ours(root_fd))
                return false;
        struct pollfd p = {.fd = kernel_pidfd_open(pid, 0), .events = POLLIN};
        if (p.fd < 0)
                return false;
        (void)snprintf(path, sizeof(path), "%d/stat", (int)pid);
        bool hides = faccessat(root_fd, path, F_OK, 0) < 0 && poll(&p, 1, 0) == 0;
        fd_close(p.fd);
        return hides;
}

/* include/linux/proc_ns.h: the initial pid namespace, in which kthreadd is 2, since 3.8. */
#define PROC_PID_INIT_INO 0xEFFFFFFCU

static int mount_namespace_of(int root_fd, pid_t pid, int *ret_fd, uint64_t *ret_inode)
{
        _cleanup_close_ int fd = proc_open_process(root_fd, pid);
        int r = fd < 0 ? fd : proc_link_inode(fd, "ns/mnt", "mnt", ret_inode);

        if (r >= 0)
                *ret_fd = TAKE_FD(fd);
        return r;
}

static int find_host(int root_fd, int *ret_fd, uint64_t *ret_inode)
{
        uint64_t pid_namespace;

        int r = mount_namespace_of(root_fd, 1, ret_fd, ret_inode);
        if (r >= 0 || proc_link_inode(root_fd, "self/ns/pid", "pid", &pid_namespace) < 0 ||
            pid_namespace != PROC_PID_INIT_INO)
                return r;
        return mount_namespace_of(root_fd, 2, ret_fd, ret_inode);
}

int proc_host_open(int root_fd)
{
        uint64_t inode;
        int fd;

        int r = find_host(root_fd, &fd, &inode);
        return r < 0 ? r : fd;
}

uint64_t proc_host_mount_namespace(int root_fd)
{
        uint64_t inode = 0;
        int fd;

        if (find_host(root_fd, &fd, &inode) < 0)
                return 0;
        (void)fd_close(fd);
        return inode;
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
