/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/bpf-iterator.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "census/procfs/bpf-call.h"
#include "util/macro.h"

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

bool bpf_iterator_may_be(int file_fd)
{
        char path[64], target[64] = "";
        struct bpf_link_info info = {};

        (void)snprintf(path, sizeof(path), "/proc/thread-self/fd/%d", file_fd);
        union bpf_attr attr = {.pathname = (uint64_t)(uintptr_t)path};
        _cleanup_close_ int fd = bpf_call(BPF_OBJ_GET, &attr);
        if (fd < 0)
                return true;
        if (is_map(fd))
                return false;
        info.iter.target_name = (uint64_t)(uintptr_t)target;
        info.iter.target_name_len = sizeof(target);
        return bpf_call_ask_link(fd, &info) < 0 || info.type != BPF_LINK_TYPE_ITER ||
               !is_global(target);
}
