/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Files that an io_uring holds, from its fdinfo. */

#include "census/procfs/parse.h"
#include "census/procfs/table.h"

struct registered_context {
        struct table *table;
        int fd;
        int r;
};

static void emit_registered(uint64_t inode, void *userdata)
{
        struct registered_context *c = userdata;
        struct holder h = HOLDER_OF(c->table->visit->pid, c->table->tid, c->fd);
        h.kind = HOLDER_IO_URING_FILE;
        h.socket_inode = inode;
        h.reason = inode > 0 ? "registered with io_uring: its namespace is not readable from procfs"
                             : "registered with io_uring: this kernel does not tell which socket";
        int r = builder_emit_unresolved(c->table->visit->walker->builder, &h);
        c->r = c->r < 0 ? c->r : r;
}

int table_io_uring(struct table *t, int fd)
{
        _cleanup_free_ char *text = NULL;
        size_t size;

        int r = table_read_fdinfo(t, fd, &text, &size);
        if (r < 0) {
                if (!is_gone(r))
                        builder_gap(t->visit->walker->builder, GAP_FD_REFUSED, t->visit->pid, r);
                return 0;
        }
        struct registered_context c = {.table = t, .fd = fd};
        parse_fdinfo_io_uring(text, size, emit_registered, &c);
        return c.r;
}
