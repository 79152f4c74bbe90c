/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/anon-class.h"

#include <string.h>

static const struct {
        const char *name;
        enum anon_class class;
        enum holder_kind kind;
} classes[] = {
        {"anon_inode:[io_uring]", ANON_IO_URING, HOLDER_IO_URING_FILE},
        {"anon_inode:[fscontext]", ANON_FS_CONTEXT, HOLDER_FS_CONTEXT},
        {"anon_inode:bpf_iter", ANON_BPF_ITERATOR, HOLDER_BPF_ITERATOR},
        {"anon_inode:bpf_link", ANON_BPF_LINK, HOLDER_BPF_LINK},
        {"anon_inode:inotify", ANON_WATCHES, HOLDER_NSFS_WATCH},
        {"anon_inode:[fanotify]", ANON_WATCHES, HOLDER_NSFS_WATCH},
};

enum anon_class anon_class_of_link(const char *link, size_t n)
{
        for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
                if (strlen(classes[i].name) == n && memcmp(classes[i].name, link, n) == 0)
                        return classes[i].class;
        return ANON_OTHER;
}

enum holder_kind anon_class_holder_kind(enum anon_class class)
{
        for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
                if (classes[i].class == class)
                        return classes[i].kind;
        return HOLDER_NONE;
}

const char *anon_class_reason(enum anon_class class)
{
        switch (class) {
        case ANON_FS_CONTEXT:
                return "a file system context (fsopen, fspick) keeps the namespace of its maker, "
                       "and nothing says which";
        case ANON_BPF_ITERATOR:
                return "an open BPF iterator over sockets or routes keeps the namespace it was "
                       "opened in, and nothing says which, nor over what it goes";
        case ANON_BPF_LINK:
                return "a BPF netfilter link keeps the namespace it was made in, and nothing tells "
                       "which";
        default:
                return "its namespace is not readable from procfs";
        }
}
