/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* nsorphan-symbolize: says over its standard input, a socket, what the functions at some offsets of
 * a file are called (symbolize/answer.h). The file is hostile, and so this is a process of its own
 * that may crash, hang or be taken over, and is of no use to anybody for that. */

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "netns/mount-guard.h"
#include "symbolize/answer.h"
#include "symbolize/elf-file.h"
#include "symbolize/sandbox.h"
#include "util/exit-status.h"

#define SOCKET_FD STDIN_FILENO

/* A message of exactly @size bytes, perhaps with an fd. False for anything else. */
static bool receive(void *ret, size_t size, int *ret_fd)
{
        union {
                struct cmsghdr header;
                char room[CMSG_SPACE(sizeof(int))];
        } control = {};
        struct iovec data = {.iov_base = ret, .iov_len = size};
        struct msghdr m = {.msg_iov = &data,
                           .msg_iovlen = 1,
                           .msg_control = control.room,
                           .msg_controllen = sizeof(control.room)};

        *ret_fd = -EBADF;
        ssize_t n = recvmsg(SOCKET_FD, &m, MSG_CMSG_CLOEXEC);
        struct cmsghdr *c = n < 0 ? NULL : CMSG_FIRSTHDR(&m);
        if (c && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(int)))
                memcpy(ret_fd, CMSG_DATA(c), sizeof(int));
        return n == (ssize_t)size;
}

static bool tell(const void *message, size_t size)
{
        return send(SOCKET_FD, message, size, MSG_NOSIGNAL) == (ssize_t)size;
}

static int answer(int file_fd, const struct question *q)
{
        _cleanup_(elf_file_freep) struct elf_file *f = NULL;
        char *names[ANSWER_OFFSETS_MAX] = {}, go_on;
        struct file_identity id = {};
        int symbols_fd;

        int r = elf_file_new(&f, file_fd);
        if (r < 0)
                return r;
        id.n = (uint8_t)elf_file_build_id(f, id.build_id, sizeof(id.build_id));
        if (!tell(&id, sizeof(id)) || !receive(&go_on, sizeof(go_on), &symbols_fd))
                return -EPIPE;
        elf_file_set_symbols(f, symbols_fd);
        _cleanup_free_ char *message = malloc(ANSWER_SIZE_MAX);
        r = message ? elf_file_names(f, q->offsets, q->n, names) : -ENOMEM;
        if (r == 0 && !tell(message, answer_put_names(message, (const char *const *)names, q->n)))
                r = -EPIPE;
        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                free(names[i]);
        return r;
}

int main(int argc, char **argv)
{
        struct question q;
        int process_fd;

        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (argc > 1 || !receive(&q, sizeof(q), &process_fd) || process_fd < 0 ||
            q.n > ANSWER_OFFSETS_MAX || !memchr(q.link, '\0', sizeof(q.link)))
                return EX_USAGE;
        if (sandbox_limit() < 0)
                return EX_OSERR;
        int fd = mount_guard_open(process_fd, q.link);
        fd_close(process_fd);
        if (fd < 0)
                return EX_NOINPUT;
        if (sandbox_enter(SOCKET_FD) < 0) {
                fd_close(fd);
                return EX_OSERR;
        }
        int r = answer(fd, &q);
        /* Not return: what runs at exit may need what is gone. */
        _exit(r < 0 ? EX_DATAERR : EXIT_SUCCESS);
}
