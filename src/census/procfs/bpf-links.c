/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/bpf-links.h"

#include "census/procfs/anon-class.h"
#include "census/procfs/bpf-call.h"
#include "proc/error.h"
#include "proc/fdinfo.h"
#include "util/kernel.h"

/* include/uapi/linux/bpf.h, 6.4. */
#define LINK_TYPE_NETFILTER 10

/* There with CONFIG_BPF_SYSCALL: without it there is nothing to list. */
#define HAS_BPF "/proc/sys/kernel/unprivileged_bpf_disabled"

static int open_link(uint32_t id)
{
        union bpf_attr attr = {.link_id = id};

        return bpf_call(BPF_LINK_GET_FD_BY_ID, &attr);
}

static int emit_link(struct walker *w, uint32_t id)
{
        struct holder h = HOLDER_OF(0, 0, -1);

        h.kind = HOLDER_BPF_LINK;
        h.file_inode = id;
        h.reason = "a BPF netfilter link, pinned or held where no process shows it (bpftool link "
                   "show); nothing says which namespace it was made in";
        return builder_emit_unresolved(w->builder, &h);
}

static int look_at_link(struct walker *w, uint32_t id)
{
        struct bpf_link_info info = {};

        /* A reference of ours for that long; if it is the last by then, the kernel frees the link
         * later. */
        _cleanup_close_ int fd = open_link(id);
        int r = fd < 0 ? fd : bpf_call_ask_link(fd, &info);
        if (r < 0)
                return proc_error_is_gone(r) ? 0 : r;
        if (info.type != LINK_TYPE_NETFILTER || number_set_has(w->walk->bpf_links, id))
                return 0;
        return emit_link(w, id);
}

int bpf_links_list(struct walker *w)
{
        union bpf_attr attr = {};
        int r;

        if (kernel_version() < KERNEL_VERSION_OF(6, 4) || access(HAS_BPF, F_OK) < 0)
                return 0;
        while ((r = bpf_call(BPF_LINK_GET_NEXT_ID, &attr)) >= 0) {
                if (atomic_load(&w->walk->progress->cancel))
                        return -ECANCELED;
                attr.start_id = attr.next_id;
                r = look_at_link(w, attr.start_id);
                if (r < 0)
                        break;
        }
        if (r < 0 && r != -ENOENT && r != -ENOMEM)
                builder_gap(w->builder, GAP_BPF_LINKS, 0, r);
        return r == -ENOMEM ? r : 0;
}

int bpf_links_look(struct fd_table *t, int fd)
{
        _cleanup_free_ char *text = NULL;
        struct walker *w = t->visit->walker;
        struct holder h = HOLDER_OF(t->visit->pid, t->tid, fd);
        uint64_t id;
        size_t size;

        int r = fd_table_read_fdinfo(t, fd, &text, &size);
        if (r < 0)
                return fd_table_fdinfo_fault(t, r);
        /* An O_PATH fd shows no link. */
        if (!proc_fdinfo_bpf_link(text, size, "netfilter", &id))
                return 0;
        r = number_set_add(w->walk->bpf_links, id);
        if (r < 0)
                return r;
        h.kind = HOLDER_BPF_LINK;
        h.file_inode = id;
        h.reason = anon_class_reason(ANON_BPF_LINK);
        return builder_emit_unresolved(w->builder, &h);
}
