/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/watches.h"

#include <sched.h>

#include "proc/fdinfo.h"
#include "util/line-reader.h"

/* A look at whether the scan was cancelled, each so many watches. */
#define LINES_PER_LOOK 1024

static int emit(struct fd_table *t, int fd, const struct fdinfo_watch *watch)
{
        struct builder *b = t->visit->walker->builder;
        struct holder h = HOLDER_OF(t->visit->pid, t->tid, fd);

        h.kind = HOLDER_NSFS_WATCH;
        if (watch->ns_type == CLONE_NEWNET)
                return builder_emit(
                        b,
                        &(struct netns_identity){.inode = watch->inode, .cookie = watch->ns_cookie},
                        &h);
        if (watch->ns_type != 0)
                return 0;
        /* Before 6.18 the kind of namespace does not show: watches_resolve(). */
        h.file_inode = watch->inode;
        h.reason = "a watch on a namespace file: this kernel does not show the namespace's type";
        return builder_emit_unresolved(b, &h);
}

int watches_look(struct fd_table *t, int fd)
{
        const struct walk *walk = t->visit->walker->walk;
        _cleanup_(line_reader_closep) struct line_reader lines;
        struct fdinfo_watch watch;
        const char *line;
        size_t length;

        int r = fd_table_open_fdinfo(t, fd, &lines);
        for (unsigned n = 1; r >= 0 && (r = line_reader_next(&lines, &line, &length)) > 0; n++) {
                if (n % LINES_PER_LOOK == 0) {
                        if (atomic_load(&walk->progress->cancel))
                                return -ECANCELED;
                        atomic_fetch_add(&walk->progress->beats, 1);
                }
                if (proc_fdinfo_watch(line, length, &watch) && !watch.evictable &&
                    watch.device == walk->devices.nsfs)
                        r = emit(t, fd, &watch);
        }
        return r < 0 ? fd_table_fdinfo_fault(t, r) : 0;
}

struct known {
        struct number_set *inodes;
        int r;
};

static void note_inode(struct netns *ns, void *userdata)
{
        struct known *k = userdata;

        if (ns->id.inode > 0 && k->r >= 0)
                k->r = number_set_add(k->inodes, ns->id.inode);
}

int watches_resolve(struct builder *b)
{
        struct known k = {};
        size_t n;

        const struct holder *unresolved = builder_unresolved(b, &n);
        bool any = false;
        for (size_t i = 0; i < n; i++)
                any |= unresolved[i].kind == HOLDER_NSFS_WATCH;
        if (!any)
                return 0;
        k.inodes = number_set_new();
        if (!k.inodes)
                return -ENOMEM;
        builder_foreach(b, note_inode, &k);
        for (size_t i = 0; i < n && k.r >= 0; i++) {
                struct holder *h = &builder_unresolved(b, &n)[i];
                if (h->kind != HOLDER_NSFS_WATCH || !number_set_has(k.inodes, h->file_inode))
                        continue;
                const struct netns_identity id = {.inode = h->file_inode};
                h->file_inode = 0;
                h->reason = NULL;
                k.r = builder_resolve(b, i, &id);
        }
        number_set_free(k.inodes);
        return MIN(k.r, 0);
}
