/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/netns_reopen.h"

#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "inspect/process_open.h"
#include "netlink/netns_thread.h"
#include "util/kernel.h"

/* include/uapi/linux/fcntl.h, 6.18: open_by_handle_at(2) below the root of nsfs. */
#ifndef FD_NSFS_ROOT
#define FD_NSFS_ROOT -10003
#endif

/* include/linux/exportfs.h, 6.18 */
#define FILEID_NSFS 0xf1

/* include/uapi/linux/nsfs.h, 6.18 */
struct nsfs_handle {
        uint64_t ns_id;
        uint32_t ns_type;
        uint32_t ns_inum;
};

static int cookie_of_socket(int fd, uint64_t *ret)
{
        socklen_t n = sizeof(*ret);

        if (getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, ret, &n) < 0)
                return errno == ENOPROTOOPT ? -ENOTSUP : negative_errno();
        return 0;
}

static int cookie_inside(void *userdata)
{
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

        return fd < 0 ? negative_errno() : cookie_of_socket(fd, userdata);
}

int netns_cookie(int netns_fd, uint64_t *ret)
{
        if (ioctl(netns_fd, NSFS_GET_ID, ret) >= 0)
                return 0;
        return netns_thread_run(netns_fd, cookie_inside, ret);
}

/* 0 when @fd is the namespace @id, -ESTALE when it is another one. */
static int verify(int fd, const struct netns_identity *id)
{
        struct stat st;
        uint64_t cookie;
        int r;

        if (fstat(fd, &st) < 0)
                return negative_errno();
        if (id->inode != st.st_ino)
                return -ESTALE;
        if (!id->cookie)
                return 0;
        r = netns_cookie(fd, &cookie);
        if (r < 0)
                return r;
        return cookie == id->cookie ? 0 : -ESTALE;
}

static int open_by_handle(const struct netns_identity *id)
{
        struct {
                struct file_handle header;
                struct nsfs_handle handle;
        } h = {
                .header = {.handle_bytes = sizeof(struct nsfs_handle), .handle_type = FILEID_NSFS},
                .handle = {id->cookie, CLONE_NEWNET, (uint32_t)id->inode},
        };

        if (!id->cookie)
                return -EOPNOTSUPP;
        int fd = open_by_handle_at(FD_NSFS_ROOT, &h.header, O_RDONLY | O_CLOEXEC);
        return fd < 0 ? negative_errno() : fd;
}

static int open_socket_netns(const struct holder *h, const struct netns_identity *id)
{
        _cleanup_close_ int fd = process_getfd(h->process, h->tid, h->fd);
        struct stat st;
        uint64_t cookie;

        if (fd < 0)
                return fd;
        if (fstat(fd, &st) < 0)
                return negative_errno();
        if (h->kind == HOLDER_SOCKET) {
                if (!S_ISSOCK(st.st_mode) || st.st_ino != h->socket_inode)
                        return -ESTALE;
                /* Cheaper than the way by the nsfs fd, and below 6.18 the only one without a
                 * thread. */
                if (id->cookie && cookie_of_socket(fd, &cookie) >= 0 && cookie != id->cookie)
                        return -ESTALE;
        }
        int netns = ioctl(fd, SIOCGSKNS);
        if (netns < 0)
                return negative_errno();
        /* The kernel makes it close-on-exec; this is only in case it ever does not. */
        (void)fcntl(netns, F_SETFD, FD_CLOEXEC);
        return netns;
}

static int open_below(const struct process *p, const char *path)
{
        _cleanup_close_ int dir = process_open_dir(p);

        if (dir < 0)
                return dir;
        int fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        return fd < 0 ? negative_errno() : fd;
}

/* Below the root of a process that sees it. The path is escaped, so one with odd bytes in it is not
 * found: then other holders or the handle must serve. */
static int open_mount(const struct holder *h)
{
        char path[4096];

        if (!h->path)
                return -EOPNOTSUPP;
        int n = snprintf(path, sizeof(path), "root/%s", h->path);
        if (n < 0 || (size_t)n >= sizeof(path))
                return -ENAMETOOLONG;
        return open_below(h->process, path);
}

static int open_holder(const struct holder *h, const struct netns_identity *id)
{
        char path[64];

        if (!h->process)
                return -EOPNOTSUPP;
        switch (h->kind) {
        case HOLDER_TASK:
                (void)snprintf(path, sizeof(path), "task/%d/ns/net", (int)h->tid);
                return open_below(h->process, path);
        case HOLDER_NSFS_FD:
                if (h->fd < 0)
                        return -EOPNOTSUPP;
                (void)snprintf(path, sizeof(path), "task/%d/fd/%d", (int)h->tid, h->fd);
                return open_below(h->process, path);
        case HOLDER_NSFS_MOUNT:
                return open_mount(h);
        case HOLDER_SOCKET:
        case HOLDER_TUN:
                return h->fd < 0 ? -EOPNOTSUPP : open_socket_netns(h, id);
        default:
                return -EOPNOTSUPP;
        }
}

/* Of two ways that failed, the one that says more. */
static int worse(int a, int b)
{
        static const int order[] = {-EPERM, -EACCES, -ESTALE};

        for (size_t i = 0; i < ARRAY_SIZE(order); i++)
                if (a == order[i] || b == order[i])
                        return order[i];
        return a != -EOPNOTSUPP ? a : b;
}

static int open_any(const struct netns *ns)
{
        _cleanup_close_ int fd = -EBADF;
        int failure = -EOPNOTSUPP;

        for (size_t i = 0; i <= ns->n_holders; i++) {
                fd = i == 0 ? open_by_handle(&ns->id) : open_holder(&ns->holders[i - 1], &ns->id);
                /* Kernels before 6.18 take the handle's fd for a bad one. */
                if (fd == -EBADF && i == 0)
                        continue;
                int r = fd < 0 ? fd : verify(fd, &ns->id);
                if (r >= 0)
                        return TAKE_FD(fd);
                fd = fd_close(fd);
                failure = worse(failure, r);
        }
        return failure;
}

int netns_reopen(const struct netns *ns, struct error *error)
{
        char name[NETNS_NAME_MAX];
        int r;

        (void)netns_identity_format(&ns->id, name);
        if (!ns->id.inode)
                return error_set(error, EOPNOTSUPP,
                                 "%s can not be entered: its holder proves that it exists, but no "
                                 "system call leads from there to it",
                                 name);
        r = open_any(ns);
        switch (r) {
        case -ESTALE:
        case -ESRCH:
        case -ENOENT:
        case -EBADF:
                return error_set(error, ESTALE,
                                 "%s is gone, or none of its holders leads to it any more; scan "
                                 "again",
                                 name);
        case -EPERM:
        case -EACCES:
                return error_set(error, -r, "No permission to open %s; root can", name);
        case -EOPNOTSUPP:
                return error_set(error, -r,
                                 "None of the holders of %s is of a kind that leads to it on this "
                                 "kernel (Linux 6.18 has a way for all)",
                                 name);
        default:
                return r < 0 ? error_set_errno(error, -r, "Can't open %s", name) : r;
        }
}
