/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/anon.h"

#include <unistd.h>

#include "census/procfs/anon-class.h"
#include "census/procfs/bpf-links.h"
#include "census/procfs/io-uring.h"
#include "census/procfs/watches.h"

/* A kind that holds a namespace of which nothing tells. */
static int emit(struct fd_table *t, int fd, uint64_t inode, enum anon_class class)
{
        struct holder h = HOLDER_OF(t->visit->pid, t->tid, fd);

        int r = fd_table_is_path(t, fd);
        if (r != 0)
                return r > 0 ? 0 : fd_table_fdinfo_fault(t, r);
        h.kind = anon_class_holder_kind(class);
        h.file_inode = inode;
        h.reason = anon_class_reason(class);
        return builder_emit_unresolved(t->visit->walker->builder, &h);
}

int anon_look(struct fd_table *t, const char *name, int fd, uint64_t inode)
{
        char link[64];

        ssize_t n = readlinkat(t->fd_dir, name, link, sizeof(link));
        if (n < 0) {
                fd_table_fault(t, name, negative_errno());
                return 0;
        }
        enum anon_class class = anon_class_of_link(link, (size_t)n);
        switch (class) {
        case ANON_IO_URING:
                return io_uring_look(t, fd, inode);
        case ANON_WATCHES:
                return watches_look(t, fd);
        case ANON_BPF_LINK:
                return bpf_links_look(t, fd);
        case ANON_FS_CONTEXT:
        case ANON_BPF_ITERATOR:
                return emit(t, fd, inode, class);
        default:
                return 0;
        }
}
