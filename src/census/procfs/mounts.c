/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <string.h>

#include "census/procfs/parse.h"
#include "census/procfs/walk.h"
#include "util/file.h"
#include "util/text.h"

/* 100,000 mounts (the kernel's own limit, fs.mount-max) of long lines. */
#define MOUNTINFO_MAX (128 * 1024 * 1024)

static int emit_mount(struct visit *v, const struct nsfs_mount *mount)
{
        _cleanup_free_ char *target = strndup(mount->target, mount->target_length);
        struct holder h = HOLDER_OF(v->pid, v->pid, -1);
        h.kind = HOLDER_NSFS_MOUNT;

        if (!target)
                return -ENOMEM;
        h.path = text_escape(target, parse_unescape_octal(target, mount->target_length));
        if (!h.path)
                return -ENOMEM;
        return builder_emit(v->walker->builder, &(struct netns_identity){.inode = mount->inode},
                            &h);
}

/* Whether this process's mount namespace has been read already in this scan. */
static int is_known(struct visit *v)
{
        uint64_t inode;

        int r = ns_link_inode(v->dir_fd, "ns/mnt", "mnt", &inode);
        if (r < 0)
                /* Refused: its mountinfo needs no ptrace access, so that is read once more. */
                return is_gone(r);
        r = number_set_add(v->walker->walk->mount_namespaces, inode);
        return r < 0 ? r : r == 0;
}

int visit_mounts(struct visit *v)
{
        _cleanup_free_ char *text = NULL;
        const char *line;
        size_t size, length;

        int r = is_known(v);
        if (r != 0)
                return r < 0 ? r : 0;
        walker_at(v->walker, v->pid, SCAN_MOUNTS);
        r = file_read_at(v->dir_fd, "mountinfo", MOUNTINFO_MAX, &text, &size);
        if (r == -ENOMEM)
                return r;
        if (r < 0) {
                /* EINVAL: a kernel thread or a process on its way out, without mounts. */
                if (!is_gone(r) && r != -EINVAL)
                        builder_gap(v->walker->builder, GAP_MOUNTS_UNREADABLE, v->pid, r);
                return 0;
        }
        for (const char *p = text, *end = text + size; parse_line(&p, end, &line, &length);) {
                struct nsfs_mount mount;
                if (parse_mountinfo_line(line, length, &mount) <= 0)
                        continue;
                r = emit_mount(v, &mount);
                if (r < 0)
                        return r;
        }
        return 0;
}
