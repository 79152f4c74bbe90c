/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/io-uring.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "census/procfs/anon-class.h"
#include "proc/fdinfo.h"
#include "proc/link.h"
#include "util/kernel.h"
#include "util/line-reader.h"
#include "util/text.h"

/* How often a ring whose lock is held is asked; and in how many rings of one scan's thread a
 * millisecond is waited in between. */
#define TRIES     16
#define WAITS_MAX 100

struct ring {
        struct fd_table *table;
        int fd;
        uint64_t inode;
        struct fdinfo_ring info;
        struct number_list sockets; /* inodes, each once when sorted */
        struct number_list netns;   /* likewise */
        char *named;                /* a name of something that might hold a namespace */
        enum anon_class anon;       /* a file without a path that may hold one */
        uint64_t n_unknown;         /* files of which nothing more is known */
};

static void ring_clear(struct ring *r)
{
        free(r->sockets.numbers);
        free(r->netns.numbers);
        free(r->named);
        *r = (struct ring){.table = r->table, .fd = r->fd, .inode = r->inode};
}

/* Whether what is called so has been seen to hold namespaces: tun, tapN, vhost-net, a file below
 * /proc/PID/net; before Linux 6.13 a socket, whose name is its protocol's ("UDP"), and a namespace
 * ("/"). It only decides how such a file is told of: one that is called otherwise is counted. */
static bool is_suspicious(const char *name, size_t n)
{
        static const char *const last[] = {"tun", "vhost-net", "vhost-vsock", "/"};
        const char *slash = n > 1 ? memrchr(name, '/', n) : NULL;
        const char *base = slash ? slash + 1 : name;
        size_t length = (size_t)(name + n - base);

        for (size_t i = 0; i < ARRAY_SIZE(last); i++)
                if (length == strlen(last[i]) && memcmp(base, last[i], length) == 0)
                        return true;
        if (length > 3 && memcmp(base, "tap", 3) == 0 && base[3] >= '0' && base[3] <= '9')
                return true;
        if (slash)
                return memmem(name, n, "/net/", 5) != NULL;
        return length >= 2 && name[0] >= 'A' && name[0] <= 'Z' && name[1] >= 'A' && name[1] <= 'Z';
}

static int note_name(struct ring *r, const char *name, size_t n)
{
        if (!is_suspicious(name, n)) {
                r->n_unknown++;
                return 0;
        }
        if (!r->named)
                r->named = text_escape(name, n);
        return r->named ? 0 : -ENOMEM;
}

static int note_file(struct ring *r, const char *name, size_t n)
{
        uint64_t inode;

        if (n == 0 || name[0] == '/' || kernel_version() < KERNEL_VERSION_OF(6, 13))
                return note_name(r, name, n);
        if (proc_link_parse(name, n, "socket", &inode) == 0)
                return number_list_add(&r->sockets, inode);
        if (proc_link_parse(name, n, "net", &inode) == 0)
                return number_list_add(&r->netns, inode);
        enum anon_class anon = anon_class_of_link(name, n);
        if (anon != ANON_OTHER)
                r->anon = anon;
        return 0;
}

/* Whether the lists that the kernel leaves out while the ring is locked are missing. Before 6.15 it
 * says how many places for files there are in any case; those that are empty have a line only
 * before 6.13. */
static bool is_locked(const struct fdinfo_ring *info)
{
        if (!info->has_files)
                return true;
        unsigned version = kernel_version();
        if (version < KERNEL_VERSION_OF(6, 13))
                return info->n_listed < info->n_slots;
        return version < KERNEL_VERSION_OF(6, 16) && info->n_slots > 0 && info->n_listed == 0;
}

/* 0, or a negative errno. */
static int read_ring(struct ring *r)
{
        _cleanup_(line_reader_closep) struct line_reader lines;
        const char *line, *name;
        size_t length, name_length;
        int k;

        ring_clear(r);
        k = fd_table_open_fdinfo(r->table, r->fd, &lines);
        while (k >= 0 && (k = line_reader_next(&lines, &line, &length)) > 0)
                if (proc_fdinfo_ring_line(&r->info, line, length, &name, &name_length))
                        k = note_file(r, name, name_length);
        return k;
}

static int read_until_unlocked(struct ring *r)
{
        struct walker *w = r->table->visit->walker;
        int k = read_ring(r);

        for (unsigned i = 1; i < TRIES && k >= 0 && is_locked(&r->info); i++) {
                if (i == TRIES / 2 && w->n_ring_waits++ < WAITS_MAX)
                        (void)clock_nanosleep(CLOCK_MONOTONIC, 0,
                                              &(struct timespec){.tv_nsec = 1000000}, NULL);
                else
                        (void)sched_yield();
                k = read_ring(r);
        }
        return k;
}

static struct holder holder_of(const struct ring *r, enum holder_kind kind)
{
        struct holder h = HOLDER_OF(r->table->visit->pid, r->table->tid, r->fd);

        h.kind = kind;
        return h;
}

static int emit_sockets(struct ring *r)
{
        int k = 0;

        number_list_sort(&r->sockets);
        for (size_t i = 0; i < r->sockets.n && k >= 0; i++) {
                struct holder h = holder_of(r, HOLDER_IO_URING_FILE);
                h.socket_inode = r->sockets.numbers[i];
                h.reason = "registered with io_uring: its namespace is not readable from procfs";
                k = builder_emit_unresolved(r->table->visit->walker->builder, &h);
        }
        return k;
}

/* A namespace file leads to its namespace, wherever it is open. */
static int emit_netns(struct ring *r)
{
        int k = 0;

        number_list_sort(&r->netns);
        for (size_t i = 0; i < r->netns.n && k >= 0; i++) {
                struct holder h = holder_of(r, HOLDER_IO_URING_FILE);
                h.carried = HOLDER_NSFS_FD;
                k = builder_emit(r->table->visit->walker->builder,
                                 &(struct netns_identity){.inode = r->netns.numbers[i]}, &h);
        }
        return k;
}

/* What is known by the ring alone. */
static int emit_unresolved(struct ring *r, struct holder *h)
{
        h->file_inode = r->inode;
        return builder_emit_unresolved(r->table->visit->walker->builder, h);
}

static int emit_others(struct ring *r)
{
        int k = 0;

        if (r->named) {
                struct holder h = holder_of(r, HOLDER_IO_URING_FILE);
                h.path = TAKE_PTR(r->named);
                h.reason = "registered with io_uring: the kernel shows its name only";
                k = emit_unresolved(r, &h);
        }
        if (k >= 0 && r->anon != ANON_OTHER) {
                struct holder h = holder_of(r, HOLDER_IO_URING_FILE);
                h.carried = anon_class_holder_kind(r->anon);
                h.reason = "registered with io_uring: its namespace is not readable from procfs";
                k = emit_unresolved(r, &h);
        }
        if (k >= 0 && r->info.n_requests > 0) {
                struct holder h = holder_of(r, HOLDER_IO_URING_REQUEST);
                h.reason = "a request in an io_uring waits: the kernel does not say for which "
                           "file";
                k = emit_unresolved(r, &h);
        }
        return k;
}

static int tell(struct ring *r)
{
        struct visit *v = r->table->visit;
        struct builder *b = v->walker->builder;

        int k = emit_sockets(r);
        if (k >= 0)
                k = emit_netns(r);
        if (k >= 0)
                k = emit_others(r);
        if (is_locked(&r->info))
                builder_gap(b, GAP_RING, v->pid, EBUSY);
        else if (r->n_unknown > 0)
                builder_gap(b, GAP_RING, v->pid, 0);
        return k;
}

/* Before 5.12 all rings have the inode of other anonymous files: there those of a process cannot
 * be told apart. */
static uint64_t ring_key(const struct visit *v, uint64_t inode)
{
        return inode == v->walker->walk->devices.anon_inode ? UINT64_C(1) << 63 | (uint64_t)v->pid
                                                            : inode;
}

bool io_uring_is_known(const struct visit *v, uint64_t inode)
{
        return number_set_has(v->walker->walk->rings, ring_key(v, inode));
}

int io_uring_look(struct fd_table *t, int fd, uint64_t inode)
{
        struct ring r = {.table = t, .fd = fd, .inode = inode};

        int k = fd_table_is_path(t, fd);
        if (k != 0)
                return k > 0 ? 0 : fd_table_fdinfo_fault(t, k);
        k = number_set_add(t->visit->walker->walk->rings, ring_key(t->visit, inode));
        if (k >= 0)
                k = read_until_unlocked(&r);
        k = k < 0 ? fd_table_fdinfo_fault(t, k) : tell(&r);
        ring_clear(&r);
        return k;
}
