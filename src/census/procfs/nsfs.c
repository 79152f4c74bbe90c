/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/nsfs.h"

#include <stdio.h>
#include <string.h>

#include "netns/nsfd.h"
#include "netns/open.h"
#include "proc/error.h"

/* An nsfs fd for the network namespace that the file of @h is, were it an O_PATH fd, which holds
 * its namespace as any other does. -ESTALE when it is none. */
static int open_nsfs(struct visit *v, const struct statx *stx, const struct holder *h)
{
        const struct netns_wanted wanted = {.inode = stx->stx_ino};
        char path[64];

        (void)snprintf(path, sizeof(path), "task/%d/fd/%d", (int)h->tid, h->fd);
        return netns_open_link(v->dir_fd, path, &wanted);
}

/* Whether nsfs file @stx is a network namespace, asked once per inode and scan. 1, 0, or a negative
 * errno. */
static int is_netns(struct visit *v, const struct statx *stx, const char *link,
                    const struct holder *h, struct nsfd_facts *ret)
{
        struct walk *walk = v->walker->walk;

        if (number_set_has(walk->other_nsfs, stx->stx_ino))
                return 0;
        ret->inode = stx->stx_ino;
        if (number_set_has(walk->netns, stx->stx_ino))
                return 1;
        /* An fd opened through /proc/PID/ns names its type and number, "pid:[4026531836]"; one
         * opened through a bind mount has the mount's path for a name, or "/". */
        const char *number = link[0] != '/' ? strstr(link, ":[") : NULL;
        bool named = number && strtoull(number + 2, NULL, 10) == stx->stx_ino;
        if (named && strncmp(link, "mnt:[", 5) == 0 && !walk->mounts_listed &&
            number_set_add(walk->unseen_mntns, stx->stx_ino) == -ENOMEM)
                return -ENOMEM;
        if (named && strncmp(link, "net:[", 5) != 0)
                return MIN(number_set_add(walk->other_nsfs, stx->stx_ino), 0);
        _cleanup_close_ int fd = open_nsfs(v, stx, h);
        if (fd == -ESTALE)
                return 0;
        if (fd < 0)
                return named && !proc_error_is_gone(fd) ? 1 : fd;
        (void)nsfd_ask(fd, ret);
        int r = number_set_add(walk->netns, stx->stx_ino);
        return r < 0 ? r : 1;
}

int nsfs_visit(struct visit *v, const struct statx *stx, const char *link, struct holder *h)
{
        struct nsfd_facts facts = {};

        h->kind = HOLDER_NSFS_FD;
        int r = is_netns(v, stx, link, h, &facts);
        if (r < 0)
                return visit_emit_refused(v, h, r);
        if (r == 0)
                return 0;
        /* By inode alone: a task's link has no more, and so all of them meet. */
        struct netns_identity id = {.inode = facts.inode};
        r = builder_emit(v->walker->builder, &id, h);
        if (r == 0)
                builder_learn(v->walker->builder, &id, &facts.facts);
        return r;
}
