/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/bpf/tracked.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "util/array.h"

/* linux/major.h, linux/miscdevice.h; a device number as the kernel has it. */
#define DEVICE(major_, minor_) ((uint32_t)(major_) << 20 | (minor_))
#define DEVICE_TUN             DEVICE(10, 200)

/* More queues in queues than the kernel lets anybody nest by hand; a cycle ends here too. */
#define DEPTH_MAX 64

void tracked_clear(struct tracked *t)
{
        free(t->holders);
        t->holders = NULL;
        t->n_holders = t->room = 0;
        t->explained = 0;
        t->paths_explained = t->mounts = t->unsought = 0;
        t->capped = false;
}

int tracked_copy(struct tracked *to, const struct tracked *from)
{
        size_t n = MAX(from->n_holders, (size_t)1);
        struct found_holder *holders = calloc(n, sizeof(*holders));

        if (!holders)
                return -ENOMEM;
        if (from->n_holders > 0)
                memcpy(holders, from->holders, from->n_holders * sizeof(*holders));
        *to = *from;
        to->holders = holders;
        to->room = n;
        return 0;
}

bool tracked_is_pending(const struct tracked *t)
{
        return t->explained < t->counted || t->paths_explained < t->paths;
}

/* Plain kinds, of what is in an fd table. */
static enum holder_kind kind_in_table(const struct holder_record *r)
{
        switch (r->found) {
        case FOUND_SOCKET:
                return HOLDER_SOCKET;
        case FOUND_NSFS:
                return HOLDER_NSFS_FD;
        case FOUND_PROC:
                return HOLDER_PROC_NET_FILE;
        case FOUND_DEVICE:
                return r->device == DEVICE_TUN ? HOLDER_TUN : HOLDER_TAP;
        case FOUND_FS_CONTEXT:
                return HOLDER_FS_CONTEXT;
        case FOUND_INOTIFY:
        case FOUND_FANOTIFY:
                return HOLDER_NSFS_WATCH;
        case FOUND_BPF_ITERATOR:
                return HOLDER_BPF_ITERATOR;
        case FOUND_BPF_LINK:
                return HOLDER_BPF_LINK;
        case FOUND_KERNEL_MOUNT:
                return HOLDER_KERNEL_MOUNT;
        default:
                return HOLDER_NONE;
        }
}

static bool is_inet_table(const struct holder_record *r)
{
        return r->family == AF_INET || r->family == AF_INET6;
}

/* What a record says by itself. HOLDER_NONE: it is a sighting of something that others explain, or
 * that nothing does. */
static enum holder_kind kind_of(const struct holder_record *r)
{
        switch (r->where) {
        case WHERE_IN_FLIGHT:
                return HOLDER_SOCKET_IN_FLIGHT;
        case WHERE_IO_URING_FILE:
                return HOLDER_IO_URING_FILE;
        case WHERE_IO_URING_REQUEST:
                return HOLDER_IO_URING_REQUEST;
        case WHERE_BACKLOG:
                return HOLDER_SOCKET_BACKLOG;
        case WHERE_MAPPING:
                return HOLDER_SOCKET_MAPPING;
        case WHERE_PEER:
                return r->dead ? HOLDER_SOCKET_PEER : HOLDER_NONE;
        case WHERE_SOCKET_TABLE:
                if (!is_inet_table(r) || r->inode != 0)
                        return HOLDER_NONE;
                return r->dead ? HOLDER_SOCKET_CLOSING : HOLDER_SOCKET_BACKLOG;
        default:
                return kind_in_table(r);
        }
}

static void owner_apply(struct found_holder *h, const struct owners *owners, uint64_t socket)
{
        const struct owner *o = owners_find(owners, socket);

        h->depth = 1;
        while (o && o->start_nsec == 0 && o->parent && h->depth < DEPTH_MAX) {
                h->depth++;
                o = owners_find(owners, o->parent);
        }
        if (!o || o->start_nsec == 0)
                return;
        h->pid = o->tgid;
        h->tid = o->tid;
        h->fd = o->fd;
        h->start_nsec = o->start_nsec;
        h->looks = o->looks;
}

/* What is in a queue, or is registered with an io_uring and no socket. */
static enum holder_kind carried_by(enum holder_kind kind, const struct holder_record *r)
{
        if (kind == HOLDER_SOCKET_IN_FLIGHT)
                return kind_in_table(r);
        return kind == HOLDER_IO_URING_FILE && r->found != FOUND_SOCKET ? kind_in_table(r)
                                                                        : HOLDER_NONE;
}

static int add_holder(struct tracked *t, const struct holder_record *r, enum holder_kind kind,
                      const struct owners *owners)
{
        struct found_holder h = {
                .kind = kind,
                .carried = carried_by(kind, r),
                .pid = r->tgid,
                .tid = r->tid,
                .fd = kind == HOLDER_SOCKET_MAPPING ? -1 : r->fd,
                .family = -1,
                .type = -1,
                .protocol = -1,
                .inode = r->inode,
                .cookie = r->cookie,
                .start_nsec = r->start_nsec,
                .path = r->path,
                .object = r->object,
                .looks = r->looks,
        };

        if (r->family != 0) {
                h.family = r->family;
                h.type = r->type;
                h.protocol = r->protocol;
        }
        if (r->owner)
                owner_apply(&h, owners, r->owner);
        if (!array_make_room(&t->holders, t->n_holders, &t->room, sizeof(*t->holders)))
                return -ENOMEM;
        t->holders[t->n_holders++] = h;
        return 0;
}

/* What is one and the same stands side by side; within it, what says most comes first. */
static int compare_holders(const void *a, const void *b)
{
        const struct found_holder *x = a, *y = b;

        if (x->object != y->object)
                return x->object < y->object ? -1 : 1;
        if (x->kind != y->kind)
                return x->kind < y->kind ? -1 : 1;
        if (x->pid != y->pid)
                return x->pid < y->pid ? -1 : 1;
        return (x->fd > y->fd) - (x->fd < y->fd);
}

static bool is_same(const struct found_holder *a, const struct found_holder *b)
{
        return a->object == b->object && a->kind == b->kind && a->pid == b->pid && a->fd == b->fd;
}

/* Whether @h only repeats what others, from @first on, say of the same object. */
static bool is_redundant(const struct found_holder *h, const struct found_holder *first,
                         const struct found_holder *end)
{
        bool weak = h->kind == HOLDER_SOCKET_PEER || h->kind == HOLDER_SOCKET_CLOSING ||
                    h->kind == HOLDER_SOCKET_BACKLOG;

        for (const struct found_holder *o = first; o < end && o->object == h->object; o++) {
                if (o == h)
                        continue;
                if (o < h && is_same(o, h))
                        return true;
                /* A mapping is a holder of its own where the fd is closed. */
                if (h->kind == HOLDER_SOCKET_MAPPING && o->kind == HOLDER_SOCKET &&
                    o->pid == h->pid)
                        return true;
                if (weak && (o->kind < h->kind || (o->kind == h->kind && o->pid && !h->pid)))
                        return true;
        }
        return false;
}

static bool is_path(const struct tracked *t, const struct found_holder *h)
{
        return h->kind == HOLDER_NSFS_FD || h->carried == HOLDER_NSFS_FD ||
               (h->object == t->nsfs_inode && h->kind != HOLDER_NSFS_WATCH);
}

/* Nobody else has said so before. */
static bool is_new_path(const struct tracked *t, size_t n, uint64_t path)
{
        for (size_t i = 0; i < n; i++)
                if (t->holders[i].path == path)
                        return false;
        return path != 0;
}

static void count_up(struct tracked *t)
{
        const struct found_holder *end = t->holders + t->n_holders;
        uint64_t last = 0;
        size_t kept = 0;

        t->explained = t->proxies + (t->nsfs_inode != 0);
        for (const struct found_holder *h = t->holders, *first = h; h < end; h++) {
                if (h->object != last) {
                        first = h;
                        last = h->object;
                        if (h->object != t->nsfs_inode)
                                t->explained++;
                }
                if (is_redundant(h, first, end))
                        continue;
                if (is_path(t, h))
                        t->paths_explained += 1 + is_new_path(t, kept, h->path);
                t->holders[kept++] = *h;
        }
        t->n_holders = kept;
        t->mounts = t->paths > t->paths_explained ? t->paths - t->paths_explained : 0;
}

int tracked_account(struct tracked *t, const struct records *records, const struct owners *owners)
{
        tracked_clear(t);
        for (size_t i = records_first(records, t->net);
             i < records->n && records->items[i].net == t->net; i++) {
                const struct holder_record *r = &records->items[i];
                enum holder_kind kind;

                if (!r->counted || (kind = kind_of(r)) == HOLDER_NONE)
                        continue;
                int k = add_holder(t, r, kind, owners);
                if (k < 0)
                        return k;
        }
        if (t->n_holders > 1)
                qsort(t->holders, t->n_holders, sizeof(*t->holders), compare_holders);
        count_up(t);
        return 0;
}

/* Whether @h, found when the counts were those of @known, can be a holder of @t still. What is of
 * nsorphan has passed. */
static bool can_still_hold(const struct tracked *t, const struct tracked *known,
                           const struct found_holder *h)
{
        if (h->looks || h->checked == CHECKED_AND_FALSE)
                return false;
        if (h->object == known->nsfs_inode && t->nsfs_inode != known->nsfs_inode)
                return false;
        return t->paths > 0 || !is_path(known, h);
}

static int keep_holders(struct tracked *t, const struct tracked *known)
{
        for (size_t i = 0; i < known->n_holders; i++) {
                if (!can_still_hold(t, known, &known->holders[i]))
                        continue;
                if (!array_make_room(&t->holders, t->n_holders, &t->room, sizeof(*t->holders)))
                        return -ENOMEM;
                struct found_holder *h = &t->holders[t->n_holders++];
                *h = known->holders[i];
                h->checked = CHECKED_BEFORE;
        }
        return 0;
}

int tracked_wait(struct tracked *t, const struct tracked *known)
{
        int r = known ? keep_holders(t, known) : 0;

        if (r < 0)
                return r;
        count_up(t);
        /* One of them at least has gone, and it does not show which. */
        if (t->explained > t->counted) {
                tracked_clear(t);
                count_up(t);
        }
        unsigned mounts = known ? MIN(known->mounts, t->mounts) : 0;
        t->unsought = t->mounts - mounts;
        t->mounts = mounts;
        t->waits = true;
        return 0;
}
