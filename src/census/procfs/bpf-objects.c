/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/bpf-objects.h"

#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "census/procfs/parse-fdinfo.h"
#include "census/procfs/table.h"
#include "util/kernel.h"

/* include/uapi/linux/bpf.h, 6.4. */
#define LINK_TYPE_NETFILTER 10

/* There with CONFIG_BPF_SYSCALL: without it there is nothing to list. */
#define HAS_BPF "/proc/sys/kernel/unprivileged_bpf_disabled"

static int bpf(int command, union bpf_attr *attr)
{
        long r = syscall(SYS_bpf, command, attr, sizeof(*attr));

        return r < 0 ? negative_errno() : (int)r;
}

static int open_link(uint32_t id)
{
        union bpf_attr attr = {.link_id = id};

        return bpf(BPF_LINK_GET_FD_BY_ID, &attr);
}

static int ask_link(int fd, struct bpf_link_info *ret)
{
        union bpf_attr attr = {.info = {.bpf_fd = (uint32_t)fd,
                                        .info_len = sizeof(*ret),
                                        .info = (uint64_t)(uintptr_t)ret}};

        return bpf(BPF_OBJ_GET_INFO_BY_FD, &attr);
}

static int emit_link(struct walker *w, uint32_t id)
{
        struct holder h = HOLDER_OF(0, 0, -1);

        h.kind = HOLDER_BPF_LINK;
        h.file_inode = id;
        h.reason = "a BPF netfilter link, pinned or held where no process shows it (bpftool link "
                   "show); nothing tells which namespace it was made in";
        return builder_emit_unresolved(w->builder, &h);
}

static int look_at_link(struct walker *w, uint32_t id)
{
        struct bpf_link_info info = {};

        /* A reference of ours for that long; if it is the last by then, the kernel frees the link
         * later. */
        _cleanup_close_ int fd = open_link(id);
        int r = fd < 0 ? fd : ask_link(fd, &info);
        if (r < 0)
                return is_gone(r) ? 0 : r;
        if (info.type != LINK_TYPE_NETFILTER || number_set_has(w->walk->bpf_links, id))
                return 0;
        return emit_link(w, id);
}

int walker_list_bpf_links(struct walker *w)
{
        union bpf_attr attr = {};
        int r;

        if (kernel_version() < KERNEL_VERSION_OF(6, 4) || access(HAS_BPF, F_OK) < 0)
                return 0;
        while ((r = bpf(BPF_LINK_GET_NEXT_ID, &attr)) >= 0) {
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

int table_bpf_link(struct table *t, int fd)
{
        _cleanup_free_ char *text = NULL;
        struct walker *w = t->visit->walker;
        struct holder h = HOLDER_OF(t->visit->pid, t->tid, fd);
        uint64_t id;
        size_t size;

        int r = table_read_fdinfo(t, fd, &text, &size);
        if (r < 0)
                return table_fdinfo_fault(t, r);
        /* An O_PATH fd shows no link. */
        if (!parse_fdinfo_bpf_link(text, size, "netfilter", &id))
                return 0;
        r = number_set_add(w->walk->bpf_links, id);
        if (r < 0)
                return r;
        h.kind = HOLDER_BPF_LINK;
        h.file_inode = id;
        h.reason = anon_reason(ANON_BPF_LINK);
        return builder_emit_unresolved(w->builder, &h);
}

/* What the iterators that do not belong to a namespace go over: struct bpf_iter_reg of the kernel,
 * 6.18. */
static const char *const global_targets[] = {
        "task",     "task_file",          "task_vma", "bpf_map", "bpf_map_elem", "bpf_prog",
        "bpf_link", "bpf_sk_storage_map", "sockmap",  "cgroup",  "ksym",         "kmem_cache",
        "dmabuf",
};

static bool is_global(const char *target)
{
        for (size_t i = 0; i < ARRAY_SIZE(global_targets); i++)
                if (strcmp(target, global_targets[i]) == 0)
                        return true;
        return false;
}

/* Whether @fd is a BPF map, by the kernel's own name for it. */
static bool is_map(int fd)
{
        static const char name[] = "anon_inode:bpf-map";
        char path[64], link[64];

        (void)snprintf(path, sizeof(path), "/proc/thread-self/fd/%d", fd);
        return readlink(path, link, sizeof(link)) == (ssize_t)strlen(name) &&
               memcmp(link, name, strlen(name)) == 0;
}

bool bpf_objects_may_iterate(int file_fd)
{
        char path[64], target[64] = "";
        struct bpf_link_info info = {};

        (void)snprintf(path, sizeof(path), "/proc/thread-self/fd/%d", file_fd);
        union bpf_attr attr = {.pathname = (uint64_t)(uintptr_t)path};
        _cleanup_close_ int fd = bpf(BPF_OBJ_GET, &attr);
        if (fd < 0)
                return true;
        if (is_map(fd))
                return false;
        info.iter.target_name = (uint64_t)(uintptr_t)target;
        info.iter.target_name_len = sizeof(target);
        return ask_link(fd, &info) < 0 || info.type != BPF_LINK_TYPE_ITER || !is_global(target);
}
