/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/peek.h"

#include <stdalign.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "util/macro.h"

/* Data in front of the files is peeked at too, so often so much of it at most, into the same memory
 * again and again. */
#define SCRATCH_TIMES 64

/* include/linux/socket.h, 6.5: a pidfd of the sender, where SO_PASSPIDFD is set. */
#ifndef SCM_PIDFD
#define SCM_PIDFD 0x04
#endif

static bool may_peek(int socket_fd)
{
        int offset = -1;
        socklen_t size = sizeof(offset);

        return getsockopt(socket_fd, SOL_SOCKET, SO_PEEK_OFF, &offset, &size) < 0 || offset == -1;
}

/* What one control message brought. The number of files. */
static unsigned take_message(const struct cmsghdr *c, void (*fn)(int fd, void *userdata),
                             void *userdata)
{
        unsigned n = (unsigned)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));

        if (c->cmsg_level != SOL_SOCKET ||
            (c->cmsg_type != SCM_RIGHTS && c->cmsg_type != SCM_PIDFD))
                return 0;
        for (unsigned i = 0; i < n; i++) {
                int fd;
                memcpy(&fd, CMSG_DATA(c) + (size_t)i * sizeof(int), sizeof(int));
                if (c->cmsg_type == SCM_PIDFD)
                        (void)close(fd);
                else
                        fn(fd, userdata);
        }
        return c->cmsg_type == SCM_RIGHTS ? n : 0;
}

unsigned peek_files(int socket_fd, char *scratch, void (*fn)(int fd, void *userdata),
                    void *userdata)
{
        /* The kernel's credentials and labels come with the files. */
        alignas(struct cmsghdr) char control[CMSG_SPACE(PEEK_FILES_MAX * sizeof(int)) + 1024];
        struct iovec iov[SCRATCH_TIMES];
        struct msghdr m = {
                .msg_iov = iov,
                .msg_iovlen = ARRAY_SIZE(iov),
                .msg_control = control,
                .msg_controllen = sizeof(control),
        };
        unsigned found = 0;

        if (!may_peek(socket_fd))
                return 0;
        for (size_t i = 0; i < ARRAY_SIZE(iov); i++)
                iov[i] = (struct iovec){.iov_base = scratch, .iov_len = PEEK_SCRATCH_SIZE};
        if (recvmsg(socket_fd, &m, MSG_PEEK | MSG_DONTWAIT | MSG_CMSG_CLOEXEC) < 0)
                return 0;
        for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c))
                found += take_message(c, fn, userdata);
        return found;
}
