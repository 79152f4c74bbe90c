/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>

#include "census/procfs/parse.h"
#include "census/procfs/walk.h"
#include "util/file.h"

/* 65,530 mappings (vm.max_map_count) of some 100 bytes, and more where an administrator says so. */
#define MAPS_MAX (256 * 1024 * 1024)

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

static int emit_mapping(struct visit *v, uint64_t socket_inode, bool writable)
{
        struct holder h = HOLDER_OF(v->pid, v->pid, -1);
        h.kind = HOLDER_SOCKET_MAPPING;
        h.socket_inode = socket_inode;
        h.writable = writable;
        h.reason = "mapped: its namespace is not readable from procfs";
        return builder_emit_unresolved(v->walker->builder, &h);
}

/* Asks for one mapping of a file after the other. 0, -ENOTTY before Linux 6.11, or another negative
 * errno. */
static int query_maps(struct visit *v, int maps_fd)
{
        const struct kernel_devices *devices = &v->walker->walk->devices;
        uint64_t address = 0, last = 0;

        for (;;) {
                struct procmap_query q = {
                        .size = sizeof(q),
                        .query_flags = PROCMAP_QUERY_COVERING_OR_NEXT | PROCMAP_QUERY_FILE_BACKED,
                        .query_addr = address,
                };
                if (ioctl(maps_fd, PROCMAP_QUERY_IOCTL, &q) < 0)
                        /* ENOENT: no further one. */
                        return errno == ENOENT ? 0 : negative_errno();
                uint64_t device = (uint64_t)q.dev_major << 32 | q.dev_minor;
                /* A ring that was split by mprotect() is several mappings of one socket. */
                if (device == devices->sockfs && q.inode != last) {
                        last = q.inode;
                        int r = emit_mapping(v, q.inode, q.vma_flags & PROCMAP_QUERY_VMA_WRITABLE);
                        if (r < 0)
                                return r;
                }
                if (q.vma_end <= address)
                        return 0;
                address = q.vma_end;
        }
}

static int read_maps(struct visit *v)
{
        _cleanup_free_ char *text = NULL;
        const char *line;
        size_t size, length;
        uint64_t last = 0;

        int r = file_read_at(v->dir_fd, "maps", MAPS_MAX, &text, &size);
        if (r < 0)
                return r;
        for (const char *p = text, *end = text + size; parse_line(&p, end, &line, &length);) {
                uint64_t inode = parse_maps_socket(line, length);
                if (inode == 0 || inode == last)
                        continue;
                last = inode;
                r = emit_mapping(v, inode, parse_maps_is_writable(line, length));
                if (r < 0)
                        return r;
        }
        return 0;
}

int visit_maps(struct visit *v)
{
        if (v->wary || v->walker->walk->options->no_maps) {
                builder_gap(v->walker->builder, GAP_MAPS_LEFT_OUT, v->pid, 0);
                return 0;
        }
        walker_at(v->walker, v->pid, SCAN_MAPS);
        _cleanup_close_ int maps_fd = openat(v->dir_fd, "maps", O_RDONLY | O_CLOEXEC);
        int r = maps_fd < 0 ? negative_errno() : query_maps(v, maps_fd);
        if (r == -ENOTTY)
                r = read_maps(v);
        if (r == -ENOMEM)
                return r;
        if (is_refused(r))
                visit_refused(v, r);
        else if (r < 0 && !is_gone(r))
                builder_gap(v->walker->builder, GAP_FAULT, v->pid, r);
        return 0;
}
