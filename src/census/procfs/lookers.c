/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/lookers.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "util/clock.h"

/* How many children may be stuck with the processes of one share, and how many in all; root's come
 * first. Each is some 300 KiB and a process. */
#define STUCK_OF_SHARE_MAX 2
#define STUCK_MAX          32
#define STUCK_ROOM         (STUCK_MAX + STUCK_OF_SHARE_MAX)

/* A look is some system calls; this is for a host without CPU to spare. */
#define LOOK_PATIENCE_USEC  (2 * USEC_PER_SEC)
#define CLOSE_PATIENCE_USEC (200 * USEC_PER_MSEC)
#define SLICE_MSEC          50

struct stuck {
        struct forked child;
        struct look_subject subject;
};

struct lookers {
        struct fork_server *server;
        const _Atomic bool *cancel;
        struct forked child;
        struct stuck stuck[STUCK_ROOM];
        size_t n_stuck;
};

struct lookers *lookers_new(void)
{
        struct lookers *l = calloc(1, sizeof(*l));

        if (l)
                l->child = FORKED_NONE;
        return l;
}

struct lookers *lookers_free(struct lookers *l)
{
        if (!l)
                return NULL;
        lookers_end(l);
        for (size_t i = 0; i < l->n_stuck; i++)
                fork_server_release(&l->stuck[i].child);
        free(l);
        return NULL;
}

static bool has_ended(const struct forked *child)
{
        struct pollfd p = {.fd = child->pidfd, .events = POLLIN};

        return poll(&p, 1, 0) > 0;
}

void lookers_begin(struct lookers *l, struct fork_server *server, const _Atomic bool *cancel)
{
        size_t n = 0;

        l->server = server;
        l->cancel = cancel;
        for (size_t i = 0; i < l->n_stuck; i++)
                if (has_ended(&l->stuck[i].child))
                        fork_server_release(&l->stuck[i].child);
                else
                        l->stuck[n++] = l->stuck[i];
        l->n_stuck = n;
}

void lookers_end(struct lookers *l)
{
        fork_server_release(&l->child);
}

static bool may_ask(const struct lookers *l, const struct look_subject *subject)
{
        size_t of_share = 0, max = subject->uid == 0 ? STUCK_ROOM : STUCK_MAX;

        for (size_t i = 0; i < l->n_stuck; i++) {
                const struct look_subject *other = &l->stuck[i].subject;
                if (other->pid == subject->pid || other->socket_inode == subject->socket_inode)
                        return false;
                of_share += strcmp(other->share, subject->share) == 0;
        }
        return of_share < STUCK_OF_SHARE_MAX && l->n_stuck < max;
}

static void note_stuck(struct lookers *l, const struct look_subject *subject)
{
        fork_server_kill(&l->child);
        l->stuck[l->n_stuck++] = (struct stuck){l->child, *subject};
        l->child = FORKED_NONE;
}

static int send_request(int socket_fd, int pidfd, const struct look_request *request)
{
        union {
                struct cmsghdr header;
                char room[CMSG_SPACE(sizeof(int))];
        } control = {};
        struct iovec data = {.iov_base = (void *)request, .iov_len = sizeof(*request)};
        struct msghdr m = {.msg_iov = &data,
                           .msg_iovlen = 1,
                           .msg_control = control.room,
                           .msg_controllen = sizeof(control.room)};
        struct cmsghdr *c = CMSG_FIRSTHDR(&m);

        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(c), &pidfd, sizeof(pidfd));
        return sendmsg(socket_fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? negative_errno() : 0;
}

/* 0 with the next record, -ETIMEDOUT, -ECANCELED, -EPIPE when the child has ended, or another
 * negative errno. */
static int receive(struct lookers *l, uint64_t patience_usec, struct look_record *ret)
{
        struct pollfd p = {.fd = l->child.socket_fd, .events = POLLIN};
        uint64_t until = clock_usec(CLOCK_MONOTONIC) + patience_usec;

        for (;;) {
                int r = poll(&p, 1, SLICE_MSEC);
                if (r > 0) {
                        ssize_t n = recv(p.fd, ret, sizeof(*ret), MSG_DONTWAIT);
                        return n == sizeof(*ret) ? 0 : n < 0 ? negative_errno() : -EPIPE;
                }
                if (r < 0 && errno != EINTR)
                        return negative_errno();
                if (atomic_load(l->cancel))
                        return -ECANCELED;
                if (clock_usec(CLOCK_MONOTONIC) >= until)
                        return -ETIMEDOUT;
        }
}

/* All records up to LOOK_DONE. */
static int receive_all(struct lookers *l,
                       int (*fn)(const struct look_record *record, void *userdata), void *userdata)
{
        struct look_record record;
        int r;

        while ((r = receive(l, LOOK_PATIENCE_USEC, &record)) >= 0 && record.kind != LOOK_DONE) {
                r = fn(&record, userdata);
                if (r < 0)
                        break;
        }
        return r;
}

int lookers_ask(struct lookers *l, const struct look_subject *subject, int pidfd,
                const struct look_request *request,
                int (*fn)(const struct look_record *record, void *userdata), void *userdata)
{
        struct look_record record;

        if (!may_ask(l, subject))
                return -EBUSY;
        int r = l->child.socket_fd >= 0 ? 0 : fork_server_get(l->server, &l->child);
        if (r >= 0)
                r = send_request(l->child.socket_fd, pidfd, request);
        if (r >= 0)
                r = receive_all(l, fn, userdata);
        if (r >= 0 && receive(l, CLOSE_PATIENCE_USEC, &record) < 0)
                note_stuck(l, subject);
        else if (r == -ETIMEDOUT && l->child.socket_fd >= 0)
                note_stuck(l, subject);
        else if (r < 0) {
                /* Whatever it still says belongs to no question any more. */
                fork_server_kill(&l->child);
                fork_server_release(&l->child);
        }
        return r;
}
