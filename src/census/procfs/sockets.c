/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/sockets.h"

#include <fcntl.h>
#include <stdio.h>

#include "proc/error.h"

/* A duplicate of the file of @h, which is taken once and left in @copy. */
static int ours(struct visit *v, const struct statx *stx, const struct holder *h, int *copy)
{
        if (*copy < 0)
                *copy = visit_getfd(v, h->tid, h->fd, stx);
        return *copy;
}

/* Whether what is looked at is a reference to its file. An O_PATH fd has the inode, which outlives
 * a socket, and not the file: its link may neither be read nor written through. */
static bool is_reference(const struct visit *v, const struct holder *h)
{
        char path[64];
        struct stat st;

        (void)snprintf(path, sizeof(path), "task/%d/fd/%d", (int)h->tid, h->fd);
        return fstatat(v->dir_fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
               (st.st_mode & (S_IRUSR | S_IWUSR));
}

/* What a socket that was seen before, in this scan or an earlier one, is now. In a namespace with
 * tasks it changes no verdict, so only what will be listed is looked at again. @first: of its
 * inode, in this scan. 0, or a negative errno; -EBADF when this is no reference to it. */
static int look_at_known(struct visit *v, const struct statx *stx, struct holder *h,
                         struct socket_facts *facts, bool first, int *copy)
{
        if (facts->attached && !builder_lists(v->walker->builder, &facts->netns->id, h))
                return 0;
        if (facts->attached || !first)
                return is_reference(v, h) ? 0 : -EBADF;
        int fd = ours(v, stx, h, copy);
        return fd < 0 ? fd
                      : socket_cache_verify(v->walker->walk->host->sockets, stx->stx_ino, fd,
                                            facts);
}

/* Asks the socket what is to be known of it. 0, or a negative errno: -EBADF when this is no
 * reference to it. */
static int ask_socket(struct visit *v, const struct statx *stx, struct holder *h,
                      struct socket_facts *facts, bool *ret_first)
{
        struct socket_cache *cache = v->walker->walk->host->sockets;
        _cleanup_close_ int copy = -EBADF;
        int fd;

        int r = socket_cache_begin(cache, stx->stx_ino, facts, ret_first);
        if (r == 0) {
                fd = ours(v, stx, h, &copy);
                r = socket_cache_commit(cache, stx->stx_ino, fd, facts);
        } else
                r = look_at_known(v, stx, h, facts, *ret_first, &copy);
        /* Of the many sockets of a namespace only those that will be listed are asked for more, and
         * no socket is duplicated twice in a scan. */
        if (r >= 0 && *ret_first && facts->type == 0 &&
            builder_lists(v->walker->builder, &facts->netns->id, h)) {
                fd = ours(v, stx, h, &copy);
                if (fd >= 0)
                        r = socket_cache_detail(cache, stx->stx_ino, fd, facts);
        }
        if (r >= 0 && facts->perhaps_paired) {
                fd = ours(v, stx, h, &copy);
                if (fd >= 0)
                        r = socket_cache_ask_pair(cache, stx->stx_ino, fd, facts);
        }
        /* The duplicate goes only now, when nobody waits for us: if it was the last, its close does
         * what the owner's would have done, and may wait as long as SO_LINGER says. */
        return r;
}

int sockets_visit(struct visit *v, const struct statx *stx, struct holder *h,
                  struct socket_facts *ret_facts)
{
        bool first;

        h->kind = HOLDER_SOCKET;
        h->socket_inode = stx->stx_ino;
        int r = ask_socket(v, stx, h, ret_facts, &first);
        if (first && !proc_error_is_gone(r))
                builder_coverage(v->walker->builder)->sockets++;
        if (r < 0)
                return visit_emit_refused(v, h, r);
        socket_facts_tell(ret_facts, h);
        const struct known_netns *netns = ret_facts->netns;
        r = builder_emit(v->walker->builder, &netns->id, h);
        if (r < 0)
                return r;
        builder_learn(v->walker->builder, &netns->id, &netns->facts);
        return 1;
}
