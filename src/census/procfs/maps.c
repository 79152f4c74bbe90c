/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/maps.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "census/procfs/anon-class.h"
#include "census/procfs/io-uring.h"
#include "proc/dents.h"
#include "proc/error.h"
#include "proc/maps.h"
#include "util/line-reader.h"

/* A look at whether the scan was cancelled, each so many mappings. */
#define LINES_PER_LOOK 1024

/* include/uapi/linux/fs.h, 6.11: one mapping, without the text of all. */
struct procmap_query {
        uint64_t size;
        uint64_t query_flags;
        uint64_t query_addr;
        uint64_t vma_start;
        uint64_t vma_end;
        uint64_t vma_flags;
        uint64_t vma_page_size;
        uint64_t vma_offset;
        uint64_t inode;
        uint32_t dev_major;
        uint32_t dev_minor;
        uint32_t vma_name_size;
        uint32_t build_id_size;
        uint64_t vma_name_addr;
        uint64_t build_id_addr;
};
#define PROCMAP_QUERY_IOCTL            _IOWR('f', 17, struct procmap_query)
#define PROCMAP_QUERY_VMA_WRITABLE     0x02
#define PROCMAP_QUERY_COVERING_OR_NEXT 0x10
#define PROCMAP_QUERY_FILE_BACKED      0x20

/* What a process has mapped, from one of its threads. */
struct mappings {
        struct visit *visit;
        pid_t tid;
        uint64_t last; /* inode of the one before: one that was split by mprotect() is several */
        bool any;      /* that thread has a memory map: none is left of one that has ended */
};

static int emit_socket(struct mappings *m, uint64_t inode, bool writable)
{
        struct holder h = HOLDER_OF(m->visit->pid, m->tid, -1);
        h.kind = HOLDER_SOCKET_MAPPING;
        h.socket_inode = inode;
        h.writable = writable;
        h.reason = "mapped: its namespace is not readable from procfs";
        return builder_emit_unresolved(m->visit->walker->builder, &h);
}

/* A ring whose fd is closed, or is one of those that it registered itself, shows nothing of what it
 * holds. */
static void count_ring(struct mappings *m, uint64_t inode)
{
        if (!io_uring_is_known(m->visit, inode))
                builder_gap(m->visit->walker->builder, GAP_RING, m->visit->pid, 0);
}

static int ask(int maps_fd, uint64_t address, char *name, size_t size, struct procmap_query *ret)
{
        *ret = (struct procmap_query){
                .size = sizeof(*ret),
                .query_flags = PROCMAP_QUERY_COVERING_OR_NEXT | PROCMAP_QUERY_FILE_BACKED,
                .query_addr = address,
                .vma_name_addr = (uint64_t)(uintptr_t)name,
                .vma_name_size = (uint32_t)size,
        };
        return ioctl(maps_fd, PROCMAP_QUERY_IOCTL, ret) < 0 ? negative_errno() : 0;
}

static bool is_ring(int maps_fd, uint64_t address)
{
        char name[64] = "";
        struct procmap_query q;

        /* ENAMETOOLONG: it has another one. */
        return ask(maps_fd, address, name, sizeof(name), &q) == 0 && q.vma_name_size > 0 &&
               anon_class_of_link(name, strnlen(name, sizeof(name))) == ANON_IO_URING;
}

/* Asks for one mapping of a file after the other. 0, -ENOTTY before Linux 6.11, or another negative
 * errno. */
static int query_maps(struct mappings *m, int maps_fd)
{
        const struct kernel_devices *devices = &m->visit->walker->walk->devices;
        struct procmap_query q;

        for (uint64_t address = 0;; address = q.vma_end) {
                int r = ask(maps_fd, address, NULL, 0, &q);
                if (r < 0)
                        /* ENOENT: no further one. */
                        return r == -ENOENT ? 0 : r;
                m->any = true;
                uint64_t device = (uint64_t)q.dev_major << 32 | q.dev_minor;
                if (q.inode != m->last && device == devices->sockfs)
                        r = emit_socket(m, q.inode, q.vma_flags & PROCMAP_QUERY_VMA_WRITABLE);
                else if (q.inode != m->last && device == devices->anon_inodefs &&
                         is_ring(maps_fd, q.vma_start))
                        count_ring(m, q.inode);
                if (r < 0)
                        return r;
                m->last = q.inode;
                if (q.vma_end <= address)
                        return 0;
        }
}

static int on_line(struct mappings *m, const char *line, size_t n)
{
        const struct kernel_devices *devices = &m->visit->walker->walk->devices;
        struct maps_line mapping;

        m->any = true;
        if (!proc_maps_parse(line, n, &mapping) || mapping.inode == m->last)
                return 0;
        m->last = mapping.inode;
        if (mapping.device == devices->sockfs)
                return emit_socket(m, mapping.inode, mapping.writable);
        if (mapping.device == devices->anon_inodefs &&
            anon_class_of_link(mapping.name, mapping.name_length) == ANON_IO_URING)
                count_ring(m, mapping.inode);
        return 0;
}

static int read_maps(struct mappings *m, const char *path)
{
        _cleanup_(line_reader_closep) struct line_reader lines;
        const struct walk *walk = m->visit->walker->walk;
        const char *line;
        size_t length;

        int r = line_reader_open(&lines, m->visit->dir_fd, path);
        for (unsigned n = 1; r >= 0 && (r = line_reader_next(&lines, &line, &length)) > 0; n++) {
                if (n % LINES_PER_LOOK == 0) {
                        if (atomic_load(&walk->progress->cancel))
                                return -ECANCELED;
                        atomic_fetch_add(&walk->progress->beats, 1);
                }
                r = on_line(m, line, length);
        }
        return r;
}

/* 0 or a negative errno. */
static int visit_thread(struct mappings *m, pid_t tid)
{
        char path[32];

        m->tid = tid;
        (void)snprintf(path, sizeof(path), "task/%d/maps", (int)tid);
        _cleanup_close_ int maps_fd = openat(m->visit->dir_fd, path, O_RDONLY | O_CLOEXEC);
        int r = maps_fd < 0 ? negative_errno() : query_maps(m, maps_fd);
        return r == -ENOTTY ? read_maps(m, path) : r;
}

/* All threads have one memory map, but one that has ended has none: the first thread, perhaps,
 * while others go on. */
static int visit_other_threads(struct mappings *m)
{
        uint64_t tid;
        const char *name;
        int r = 0;

        _cleanup_close_ int task_fd =
                openat(m->visit->dir_fd, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (task_fd < 0)
                return negative_errno();
        struct dents d = DENTS_INIT(task_fd, m->visit->walker->dents, DENTS_BUFFER_SIZE);
        while (!m->any && (r = dents_next(&d, &tid, &name)) > 0) {
                if ((pid_t)tid == m->visit->pid)
                        continue;
                r = visit_thread(m, (pid_t)tid);
                if (r < 0 && !proc_error_is_gone(r))
                        return r;
        }
        return MIN(r, 0);
}

int maps_visit(struct visit *v)
{
        struct mappings m = {.visit = v};

        if (v->wary || v->walker->walk->options->no_maps) {
                builder_gap(v->walker->builder, GAP_MAPS_LEFT_OUT, v->pid, 0);
                return 0;
        }

        walker_at(v->walker, v->pid, SCAN_MAPS);
        int r = visit_thread(&m, v->pid);
        if (!m.any && (r == 0 || proc_error_is_gone(r)))
                r = visit_other_threads(&m);
        if (r == -ENOMEM || r == -ECANCELED)
                return r;
        if (proc_error_is_refused(r))
                visit_refused(v, r);
        else if (r < 0 && !proc_error_is_gone(r))
                builder_gap(v->walker->builder, GAP_FAULT, v->pid, r);
        return 0;
}
