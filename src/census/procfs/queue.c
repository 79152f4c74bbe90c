/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Files in flight: SCM_RIGHTS messages that nobody has received yet.
 *
 * MSG_PEEK installs copies of them and leaves the queue as it was. What lies behind the first such
 * message could only be reached by moving SO_PEEK_OFF, which belongs to the owner of the socket and
 * would be seen by it: that is not done, but counted as a gap. */

#include <fcntl.h>
#include <stdalign.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "census/procfs/parse.h"
#include "census/procfs/walk.h"
#include "util/array.h"
#include "util/file.h"

/* include/net/scm.h: SCM_MAX_FD files in one message. */
#define FILES_MAX 253
/* How many queues in queues are followed; the kernel allows more, nobody builds them. */
#define DEPTH_MAX 32
/* How many queues are looked into in one scan. */
#define QUEUES_MAX 4096

/* Data in front of the files is peeked at too, so much of it at most, into the same memory again
 * and again. */
#define SCRATCH_SIZE  65536
#define SCRATCH_TIMES 64

/* include/linux/socket.h, 6.5: a pidfd of the sender, where SO_PASSPIDFD is set. */
#ifndef SCM_PIDFD
#define SCM_PIDFD 0x04
#endif

int walker_note_queue(struct walker *w, const struct queue *q)
{
        if (!array_make_room(&w->queues, w->n_queues, &w->room_queues, sizeof(*w->queues)))
                return -ENOMEM;
        w->queues[w->n_queues++] = *q;
        return 0;
}

struct look {
        struct visit visit;        /* the process whose queue it is */
        struct holder through;     /* its socket */
        struct number_set *looked; /* sockets whose queue was looked into: no queue twice */
        unsigned n_looked;
        char *scratch; /* SCRATCH_SIZE, where data goes that nobody reads */
};

static int look_into(struct look *l, int socket_fd, uint64_t inode, uint64_t scm_fds,
                     unsigned depth);

/* Files in the queue of a unix socket that is ours. */
static uint64_t own_scm_fds(int fd)
{
        _cleanup_free_ char *text = NULL;
        char path[64];
        size_t size;

        (void)snprintf(path, sizeof(path), "/proc/thread-self/fdinfo/%d", fd);
        if (file_read_at(AT_FDCWD, path, 65536, &text, &size) < 0)
                return 0;
        return parse_fdinfo_scm_fds(text, size);
}

/* One file that was in flight, of which @fd is our copy. */
static int look_at_file(struct look *l, int fd, unsigned depth)
{
        struct visit *v = &l->visit;
        struct holder h = l->through;
        struct socket_facts facts;
        struct statx stx;
        int r;

        if (statx(fd, "", AT_EMPTY_PATH | CLASSIFY_STATX_FLAGS, CLASSIFY_STATX_MASK, &stx) < 0)
                return 0;
        h.kind = HOLDER_SOCKET_IN_FLIGHT;
        h.depth = depth;
        switch (file_classify(&stx, &v->walker->walk->devices)) {
        case FILE_SOCKET:
                h.carried = HOLDER_SOCKET;
                r = visit_socket(v, &stx, fd, &h, &facts);
                if (r <= 0 || !socket_may_be_unix(&facts))
                        return r;
                uint64_t scm_fds = own_scm_fds(fd);
                return scm_fds > 0 ? look_into(l, fd, stx.stx_ino, scm_fds, depth + 1) : 0;
        case FILE_NSFS:
                h.carried = HOLDER_NSFS_FD;
                return visit_nsfs(v, &stx, fd, NULL, &h);
        case FILE_TUN:
                h.carried = HOLDER_TUN;
                return visit_tun(v, &stx, fd, &h);
        default:
                return 0;
        }
}

/* Looks at what one control message brought and closes it. The number of files, or a negative
 * errno. */
static int look_at_message(struct look *l, const struct cmsghdr *c, unsigned depth)
{
        int n = (int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int)), result = n;

        if (c->cmsg_level != SOL_SOCKET ||
            (c->cmsg_type != SCM_RIGHTS && c->cmsg_type != SCM_PIDFD))
                return 0;
        for (int i = 0; i < n; i++) {
                int fd;
                memcpy(&fd, CMSG_DATA(c) + (size_t)i * sizeof(int), sizeof(int));
                if (c->cmsg_type == SCM_RIGHTS && result >= 0) {
                        int r = look_at_file(l, fd, depth);
                        result = r < 0 ? r : result;
                }
                /* May wait for the server of a file on FUSE or NFS. */
                fd_close(fd);
        }
        return c->cmsg_type == SCM_RIGHTS ? result : 0;
}

/* Whether the socket lets us peek without its owner noticing. */
static bool may_peek(int socket_fd)
{
        int offset = 0;
        socklen_t size = sizeof(offset);

        return getsockopt(socket_fd, SOL_SOCKET, SO_PEEK_OFF, &offset, &size) == 0 && offset == -1;
}

static int peek(struct look *l, int socket_fd, unsigned depth)
{
        /* The kernel's credentials and labels come with the files. */
        alignas(struct cmsghdr) char control[CMSG_SPACE(FILES_MAX * sizeof(int)) + 1024];
        struct iovec iov[SCRATCH_TIMES];
        struct msghdr m = {
                .msg_iov = iov,
                .msg_iovlen = ARRAY_SIZE(iov),
                .msg_control = control,
                .msg_controllen = sizeof(control),
        };
        int found = 0;

        if (!may_peek(socket_fd))
                return 0;
        for (size_t i = 0; i < ARRAY_SIZE(iov); i++)
                iov[i] = (struct iovec){.iov_base = l->scratch, .iov_len = SCRATCH_SIZE};
        if (recvmsg(socket_fd, &m, MSG_PEEK | MSG_DONTWAIT | MSG_CMSG_CLOEXEC) < 0)
                return 0;
        for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
                int r = look_at_message(l, c, depth);
                found = found < 0 ? found : r < 0 ? r : found + r;
        }
        return found;
}

static void count_unreached(struct look *l, uint64_t n)
{
        struct builder *b = l->visit.walker->builder;

        if (n == 0)
                return;
        builder_gap(b, GAP_IN_FLIGHT_LIMIT, l->visit.pid, 0);
        builder_coverage(b)->gaps[GAP_IN_FLIGHT_LIMIT].count += n - 1;
}

static int look_into(struct look *l, int socket_fd, uint64_t inode, uint64_t scm_fds,
                     unsigned depth)
{
        if (depth > DEPTH_MAX || l->n_looked >= QUEUES_MAX) {
                count_unreached(l, scm_fds);
                return 0;
        }
        int r = number_set_add(l->looked, inode);
        if (r <= 0)
                return r;
        l->n_looked++;
        r = peek(l, socket_fd, depth);
        if (r >= 0 && (uint64_t)r < scm_fds)
                count_unreached(l, scm_fds - (uint64_t)r);
        return r < 0 ? r : 0;
}

static int look_at_queue(struct look *l, struct walker *w, const struct queue *q)
{
        const struct statx expected = statx_of_socket(&w->walk->devices, q->socket_inode);

        int r = visit_init(&l->visit, w, q->pid);
        if (r <= 0)
                return r;
        walker_at(w, q->pid, SCAN_IN_FLIGHT);
        l->through = HOLDER_OF(q->pid, q->tid, q->fd);
        _cleanup_close_ int fd = visit_getfd(&l->visit, q->tid, q->fd, &expected);
        if (fd >= 0)
                r = look_into(l, fd, q->socket_inode, q->scm_fds, 1);
        else {
                if (!is_gone(fd))
                        count_unreached(l, q->scm_fds);
                r = 0;
        }
        visit_deinit(&l->visit);
        return r;
}

static int queue_compare(const void *pa, const void *pb)
{
        const struct queue *a = pa, *b = pb;

        if (a->socket_inode != b->socket_inode)
                return a->socket_inode < b->socket_inode ? -1 : 1;
        if (a->pid != b->pid)
                return a->pid < b->pid ? -1 : 1;
        return a->fd < b->fd ? -1 : a->fd > b->fd;
}

int walker_look_into_queues(struct walker *w)
{
        struct look l = {};
        int r = 0;

        if (w->n_queues == 0)
                return 0;
        if (!w->walk->options->deep) {
                for (size_t i = 0; i < w->n_queues; i++)
                        builder_gap(w->builder, GAP_IN_FLIGHT_OFF, w->queues[i].pid, 0);
                return 0;
        }
        l.looked = number_set_new();
        l.scratch = malloc(SCRATCH_SIZE);
        if (!l.looked || !l.scratch) {
                r = -ENOMEM;
                goto out;
        }
        /* Of several processes with the same socket, the same one is named whatever the order. */
        qsort(w->queues, w->n_queues, sizeof(*w->queues), queue_compare);
        for (size_t i = 0; i < w->n_queues && r >= 0; i++)
                r = look_at_queue(&l, w, &w->queues[i]);
out:
        number_set_free(l.looked);
        free(l.scratch);
        return r;
}
