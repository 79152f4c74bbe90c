/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/bpf/check.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "proc/host.h"
#include "proc/open.h"
#include "proc/stat.h"
#include "util/file.h"
#include "util/kernel.h"

static const char *const reasons[] = {
        [CHECKED_NOT_YET] = "it was not checked",
        [CHECKED_NO_FD] = "no file descriptor leads to it",
        [CHECKED_REFUSED] = "its process may not be looked into",
        [CHECKED_MUTE] = "a file of that kind does not say which namespace it is of",
        [CHECKED_BEFORE] =
                "it was found before the references changed, and not looked for again yet",
        [CHECKED_AND_FALSE] = "it is no longer there",
};

const char *check_reason(enum checked checked)
{
        return checked < ARRAY_SIZE(reasons) ? reasons[checked] : NULL;
}

/* Whether what /proc says of times and numbers is what the kernel has: it is that of our own pid
 * namespace, and no time namespace shifts the start of processes. */
static bool is_ours(int root_fd)
{
        _cleanup_free_ char *offsets = NULL;
        long seconds = 0, nsec = 0;

        if (!proc_host_is_ours(root_fd))
                return false;
        if (file_read_at(root_fd, "self/timens_offsets", 4096, &offsets, NULL) < 0)
                return true;
        const char *line = strstr(offsets, "boottime");
        return !line || sscanf(line, "boottime %ld %ld", &seconds, &nsec) != 2 ||
               (seconds == 0 && nsec == 0);
}

void checker_init(struct checker *c)
{
        *c = (struct checker){.root_fd = proc_open(), .pidfd = -EBADF};
        c->is_ours = c->root_fd >= 0 && is_ours(c->root_fd);
}

void checker_deinit(struct checker *c)
{
        c->pidfd = fd_close(c->pidfd);
        c->root_fd = fd_close(c->root_fd);
}

/* Opens @c->pidfd. CHECKED_AND_TRUE: the process is the one that was seen, by its start, which both
 * round down to ticks; CHECKED_AND_FALSE: it has ended; CHECKED_REFUSED: it does not show in our
 * /proc. */
static enum checked check_process(struct checker *c, const struct found_holder *h)
{
        uint64_t per_sec = (uint64_t)sysconf(_SC_CLK_TCK);
        struct proc_stat stat;

        fd_close(c->pidfd);
        c->pidfd = kernel_pidfd_open(h->pid, 0);
        if (c->pidfd == -ESRCH)
                return CHECKED_AND_FALSE;
        _cleanup_close_ int dir = c->is_ours ? proc_open_process(c->root_fd, h->pid) : -ENOENT;
        if (dir < 0 || proc_stat_read(dir, &stat) < 0)
                return CHECKED_REFUSED;
        return stat.start_ticks == h->start_nsec / (NSEC_PER_SEC / per_sec) ? CHECKED_AND_TRUE
                                                                            : CHECKED_AND_FALSE;
}

static enum checked ask_socket(int fd, uint64_t cookie)
{
        uint64_t told;
        socklen_t n = sizeof(told);

        if (getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &told, &n) < 0)
                return errno == ENOTSOCK ? CHECKED_AND_FALSE : CHECKED_MUTE;
        return told == cookie ? CHECKED_AND_TRUE : CHECKED_AND_FALSE;
}

static enum checked ask_inode(int fd, uint64_t inode)
{
        struct stat st;

        if (fd < 0 || fstat(fd, &st) < 0)
                return CHECKED_MUTE;
        return st.st_ino == inode ? CHECKED_AND_TRUE : CHECKED_AND_FALSE;
}

static enum checked ask_device(int fd, uint64_t inode)
{
        _cleanup_close_ int nsfs = ioctl(fd, SIOCGSKNS);

        return ask_inode(nsfs, inode);
}

static enum checked ask_file(const struct checker *c, const struct found_holder *h, uint64_t inode,
                             uint64_t cookie)
{
        _cleanup_close_ int thread =
                h->tid != h->pid ? kernel_pidfd_open(h->tid, PIDFD_THREAD) : -EBADF;
        int pidfd = h->tid != h->pid ? thread : c->pidfd;
        if (pidfd < 0) /* EINVAL: before 6.9 */
                return pidfd == -ESRCH ? CHECKED_AND_FALSE : CHECKED_REFUSED;
        _cleanup_close_ int fd = kernel_pidfd_getfd(pidfd, h->fd);
        if (fd < 0)
                return fd == -EBADF || fd == -ESRCH ? CHECKED_AND_FALSE : CHECKED_REFUSED;
        switch (h->kind) {
        case HOLDER_SOCKET:
                return ask_socket(fd, cookie);
        case HOLDER_TUN:
        case HOLDER_TAP:
                return ask_device(fd, inode);
        default:
                return ask_inode(fd, inode);
        }
}

enum checked checker_check(struct checker *c, const struct found_holder *h, uint64_t inode,
                           uint64_t cookie)
{
        if (h->pid <= 0)
                return CHECKED_NO_FD;
        if (h->pid != c->pid || h->start_nsec != c->start_nsec) {
                c->process = check_process(c, h);
                c->pid = h->pid;
                c->start_nsec = h->start_nsec;
        }
        if (c->process != CHECKED_AND_TRUE)
                return c->process;
        switch (h->kind) {
        case HOLDER_SOCKET:
        case HOLDER_TUN:
        case HOLDER_TAP:
        case HOLDER_NSFS_FD:
                return h->fd < 0 ? CHECKED_NO_FD : ask_file(c, h, inode, cookie);
        case HOLDER_PROC_NET_FILE:
        case HOLDER_FS_CONTEXT:
        case HOLDER_BPF_ITERATOR:
        case HOLDER_BPF_LINK:
        case HOLDER_NSFS_WATCH:
                return CHECKED_MUTE;
        default:
                return CHECKED_NO_FD;
        }
}
