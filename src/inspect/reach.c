/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/reach.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "census/holder-open.h"
#include "inspect/process-open.h"
#include "netns/handle.h"
#include "netns/nsfd.h"
#include "netns/visit-lock.h"
#include "util/kernel.h"

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
        r = nsfd_cookie(fd, &cookie);
        if (r < 0)
                return r;
        return cookie == id->cookie ? 0 : -ESTALE;
}

static int open_socket_netns(const struct holder *h, const struct netns_identity *id)
{
        _cleanup_close_ int fd = process_open_fd(h->process, h->tid, h->fd);
        struct stat st;
        uint64_t cookie;
        socklen_t n = sizeof(cookie);

        if (fd < 0)
                return fd;
        if (fstat(fd, &st) < 0)
                return negative_errno();
        if (h->kind == HOLDER_SOCKET) {
                if (!S_ISSOCK(st.st_mode) || st.st_ino != h->socket_inode)
                        return -ESTALE;
                /* Cheaper than the way by the nsfs fd, and below 6.18 the only one without a
                 * thread. */
                if (id->cookie && getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &n) >= 0 &&
                    cookie != id->cookie)
                        return -ESTALE;
        }
        int netns = ioctl(fd, SIOCGSKNS);
        if (netns < 0)
                return negative_errno();
        /* The kernel makes it close-on-exec; this is only in case it ever does not. */
        (void)fcntl(netns, F_SETFD, FD_CLOEXEC);
        return netns;
}

static int open_host_mount(const struct holder *h, const struct netns_identity *id)
{
        _cleanup_close_ int dir = process_open_host();

        return dir < 0 ? dir : holder_open(dir, h, id);
}

static int open_holder(const struct holder *h, const struct netns_identity *id)
{
        if (h->kind == HOLDER_NSFS_MOUNT && h->pid == 0)
                return open_host_mount(h, id);
        if (!h->process)
                return -EOPNOTSUPP;
        if (h->kind == HOLDER_SOCKET || h->kind == HOLDER_TUN)
                return h->fd < 0 ? -EOPNOTSUPP : open_socket_netns(h, id);
        _cleanup_close_ int dir = process_open_dir(h->process);
        return dir < 0 ? dir : holder_open(dir, h, id);
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

/* That there is no such namespace is what the kernel also says of one that we may not see, and from
 * 6.19 on of one that no file leads to. */
static int open_by_handle(const struct netns_identity *id)
{
        int fd = handle_open(id->inode, id->cookie);

        if (fd == -ESTALE &&
            (kernel_version() >= KERNEL_VERSION_OF(6, 19) || !handle_may_open_all()))
                return -EOPNOTSUPP;
        return fd;
}

static int open_any(const struct netns *ns)
{
        _cleanup_close_ int fd = -EBADF;
        int failure = -EOPNOTSUPP;

        for (size_t i = 0; i <= ns->n_holders; i++) {
                fd = i == 0 ? open_by_handle(&ns->id) : open_holder(&ns->holders[i - 1], &ns->id);
                int r = fd < 0 ? fd : verify(fd, &ns->id);
                if (r >= 0)
                        return TAKE_FD(fd);
                fd = fd_close(fd);
                failure = worse(failure, r);
        }
        return failure;
}

int reach_netns(const struct netns *ns, struct error *error)
{
        char name[NETNS_NAME_MAX];
        int r;

        (void)netns_identity_format(&ns->id, name);
        if (!ns->id.inode)
                return error_set(error, EOPNOTSUPP,
                                 "%s cannot be entered: its holder proves that it exists, but no "
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
                                 "No fd leads to %s, and this kernel does not open it without one "
                                 "(Linux 6.18 does, in the initial pid namespace)",
                                 name);
        default:
                return r < 0 ? error_set_errno(error, -r, "Failed to open %s", name) : r;
        }
}

int reach_run(const struct netns *ns, netns_thread_fn fn, void *userdata, struct error *error)
{
        _cleanup_(visit_lock_release) struct visit_lock lock = visit_lock_take(); /* ends last */
        _cleanup_close_ int fd = reach_netns(ns, error);

        return fd < 0 ? fd : netns_thread_run(fd, fn, userdata);
}
