/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/socket-owners.h"

#include <fcntl.h>
#include <stdalign.h>
#include <stdlib.h>

#include "proc/comm.h"
#include "proc/dents.h"
#include "proc/link.h"
#include "proc/open.h"
#include "util/macro.h"

/* Whoever has more at the other ends than this has made the point. */
#define OWNERS_MAX 64

#define LIST_BUFFER_SIZE 4096

struct search {
        const uint64_t *wanted;
        size_t n_wanted;
        char *buffer; /* for the fds of a process */
        struct socket_owner *owners;
        size_t n;
};

static bool is_wanted(const struct search *s, uint64_t inode)
{
        for (size_t i = 0; i < s->n_wanted; i++)
                if (s->wanted[i] == inode)
                        return true;
        return false;
}

static int add_owner(struct search *s, int process_dir, pid_t pid, int fd, uint64_t inode)
{
        if (s->n >= OWNERS_MAX)
                return 0;
        if (!s->owners) {
                s->owners = calloc(OWNERS_MAX, sizeof(*s->owners));
                if (!s->owners)
                        return -ENOMEM;
        }
        struct socket_owner *owner = &s->owners[s->n];
        *owner = (struct socket_owner){.socket_inode = inode, .pid = pid, .fd = fd};
        if (proc_comm_read(process_dir, &owner->comm) == -ENOMEM)
                return -ENOMEM;
        s->n++;
        return 0;
}

static int search_process(struct search *s, int root, pid_t pid)
{
        uint64_t fd, inode;
        const char *name;
        int r = 0;

        _cleanup_close_ int dir = proc_open_process(root, pid);
        _cleanup_close_ int fds =
                dir < 0 ? -EBADF : openat(dir, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fds < 0)
                return 0;
        struct dents d = DENTS_INIT(fds, s->buffer, DENTS_BUFFER_SIZE);
        while (r >= 0 && dents_next(&d, &fd, &name) > 0)
                if (proc_link_inode(fds, name, "socket", &inode) >= 0 && is_wanted(s, inode))
                        r = add_owner(s, dir, pid, (int)fd, inode);
        return r;
}

static int search_all(struct search *s)
{
        alignas(8) char buffer[LIST_BUFFER_SIZE];
        const char *name;
        uint64_t pid;
        int r = 0;

        _cleanup_close_ int root = proc_open();
        if (root < 0)
                return 0;
        struct dents d = DENTS_INIT(root, buffer, sizeof(buffer));
        while (r >= 0 && dents_next(&d, &pid, &name) > 0)
                r = search_process(s, root, (pid_t)pid);
        return r;
}

int socket_owners_read(const uint64_t *wanted, size_t n, struct socket_owner **ret, size_t *ret_n)
{
        struct search s = {.wanted = wanted, .n_wanted = n};
        int r = 0;

        if (n > 0) {
                s.buffer = malloc(DENTS_BUFFER_SIZE);
                r = s.buffer ? search_all(&s) : -ENOMEM;
        }
        free(s.buffer);
        *ret = s.owners;
        *ret_n = s.n;
        return r;
}

void socket_owners_free(struct socket_owner *owners, size_t n)
{
        for (size_t i = 0; i < n; i++)
                free(owners[i].comm);
        free(owners);
}
