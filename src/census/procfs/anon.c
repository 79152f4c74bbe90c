/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Files of the kernel's own that have no path: their link tells which they are. */

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "census/procfs/table.h"

static const struct {
        const char *name;
        enum anon_class class;
        enum holder_kind kind;
} classes[] = {
        {"anon_inode:[io_uring]", ANON_IO_URING, HOLDER_IO_URING_FILE},
        {"anon_inode:[fscontext]", ANON_FS_CONTEXT, HOLDER_FS_CONTEXT},
        {"anon_inode:bpf_iter", ANON_BPF_ITERATOR, HOLDER_BPF_ITERATOR},
        {"anon_inode:bpf_link", ANON_BPF_LINK, HOLDER_BPF_LINK},
        {"anon_inode:inotify", ANON_WATCHES, HOLDER_NSFS_WATCH},
        {"anon_inode:[fanotify]", ANON_WATCHES, HOLDER_NSFS_WATCH},
};

enum anon_class anon_classify(const char *link, size_t n)
{
        for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
                if (strlen(classes[i].name) == n && memcmp(classes[i].name, link, n) == 0)
                        return classes[i].class;
        return ANON_OTHER;
}

enum holder_kind anon_holder_kind(enum anon_class class)
{
        for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
                if (classes[i].class == class)
                        return classes[i].kind;
        return HOLDER_NONE;
}

const char *anon_reason(enum anon_class class)
{
        switch (class) {
        case ANON_FS_CONTEXT:
                return "a file system context (fsopen, fspick) keeps the namespace of its maker, "
                       "and nothing tells which";
        case ANON_BPF_ITERATOR:
                return "an open BPF iterator over sockets or routes keeps the namespace it was "
                       "opened in, and nothing tells which, nor over what it goes";
        case ANON_BPF_LINK:
                return "a BPF netfilter link keeps the namespace it was made in, and nothing tells "
                       "which";
        default:
                return "its namespace is not readable from procfs";
        }
}

/* A kind that holds a namespace of which nothing tells. */
static int emit(struct table *t, int fd, uint64_t inode, enum anon_class class)
{
        struct holder h = HOLDER_OF(t->visit->pid, t->tid, fd);

        int r = table_is_path(t, fd);
        if (r != 0)
                return r > 0 ? 0 : table_fdinfo_fault(t, r);
        h.kind = anon_holder_kind(class);
        h.file_inode = inode;
        h.reason = anon_reason(class);
        return builder_emit_unresolved(t->visit->walker->builder, &h);
}

int table_anon(struct table *t, const char *name, int fd, uint64_t inode)
{
        char link[64];

        ssize_t n = readlinkat(t->fd_dir, name, link, sizeof(link));
        if (n < 0) {
                table_fault(t, name, negative_errno());
                return 0;
        }
        enum anon_class class = anon_classify(link, (size_t)n);
        switch (class) {
        case ANON_IO_URING:
                return table_io_uring(t, fd, inode);
        case ANON_WATCHES:
                return table_watches(t, fd);
        case ANON_BPF_LINK:
                return table_bpf_link(t, fd);
        case ANON_FS_CONTEXT:
        case ANON_BPF_ITERATOR:
                return emit(t, fd, inode, class);
        default:
                return 0;
        }
}
