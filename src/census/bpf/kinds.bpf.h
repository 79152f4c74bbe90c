/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What an open file is, and which namespace it keeps.
 *
 * Files of one kind share their operations: what they are is found out at the first of them, by its
 * file system and name, and kept by that address. */

#include "census/bpf/emit.bpf.h"

/* linux/magic.h; anon_inode's and bpffs's are theirs too. */
#define MAGIC_SOCKFS 0x534F434B
#define MAGIC_NSFS   0x6e736673
#define MAGIC_PROC   0x9fa0
#define MAGIC_ANON   0x09041934
#define MAGIC_BPF    0xcafe4a11

#define FMODE_PATH (1U << 14) /* linux/fs.h */

#define KIND_SLOTS 4096

struct kind {
        __u64 operations;
        __u64 found; /* enum found + 1 */
};
struct {
        __uint(type, BPF_MAP_TYPE_ARRAY);
        __uint(max_entries, KIND_SLOTS);
        __type(key, __u32);
        __type(value, struct kind);
} kinds SEC(".maps");

static __always_inline int name_is(const char *name, const char *what, int size)
{
        for (int i = 0; i < size; i++)
                if (name[i] != what[i])
                        return 0;
        return 1;
}
#define NAME_IS(name, what) name_is(name, what, sizeof(what) - 1)

static __always_inline __u32 kind_by_name(struct file *f)
{
        const unsigned char *d_name = BPF_CORE_READ(f, f_path.dentry, d_name.name);
        char name[16] = {};

        /* "inotify" and "[fanotify]": both are in use. Read anew without the bracket, and not by a
         * pointer that may be one or the other, which a compiler may make a verifier's puzzle of.
         */
        bpf_probe_read_kernel_str(name, sizeof(name), d_name);
        if (name[0] == '[')
                bpf_probe_read_kernel_str(name, sizeof(name), d_name + 1);
        if (NAME_IS(name, "fscontext"))
                return FOUND_FS_CONTEXT;
        if (NAME_IS(name, "inotify"))
                return FOUND_INOTIFY;
        if (NAME_IS(name, "fanotify"))
                return FOUND_FANOTIFY;
        if (NAME_IS(name, "io_uring"))
                return FOUND_IO_URING;
        if (NAME_IS(name, "bpf_iter"))
                return FOUND_BPF_ITERATOR;
        if (NAME_IS(name, "bpf-link") || NAME_IS(name, "bpf_link"))
                return FOUND_BPF_LINK;
        return FOUND_NOTHING;
}

static __always_inline __u32 kind_learn(struct file *f)
{
        struct inode *inode = BPF_CORE_READ(f, f_inode);

        if (BPF_CORE_READ(f, f_mode) & FMODE_PATH)
                return FOUND_PATH;
        switch (BPF_CORE_READ(inode, i_sb, s_magic)) {
        case MAGIC_SOCKFS:
                return FOUND_SOCKET;
        case MAGIC_NSFS:
                return FOUND_NSFS;
        case MAGIC_PROC:
                return FOUND_PROC;
        case MAGIC_BPF:
                return FOUND_BPF_ITERATOR;
        case MAGIC_ANON:
                return kind_by_name(f);
        }
        return (BPF_CORE_READ(inode, i_mode) & S_IFMT) == S_IFCHR ? FOUND_DEVICE : FOUND_NOTHING;
}

/* All files of O_PATH share their operations, of whatever file system they are. */
static __always_inline __u32 kind_of_path(struct file *f, __u32 found)
{
        if (found != FOUND_PATH)
                return found;
        return BPF_CORE_READ(f, f_inode, i_sb, s_magic) == MAGIC_NSFS ? FOUND_NSFS : FOUND_NOTHING;
}

/* enum found of a file. */
noinline __u32 kind_of(__u64 file)
{
        struct file *f = (void *)file;
        __u64 operations = (__u64)BPF_CORE_READ(f, f_op);
        __u32 at = slot_hash(operations, 0), found;
        struct kind *k = NULL;

        if (!operations)
                return FOUND_NOTHING;
        for (int i = 0; i < SLOT_PROBES; i++) {
                __u32 place = (at + i) & (KIND_SLOTS - 1);

                k = bpf_map_lookup_elem(&kinds, &place);
                if (!k)
                        return FOUND_NOTHING;
                if (k->operations == operations)
                        return kind_of_path(f, k->found - 1);
                if (!k->operations)
                        break;
        }
        found = kind_learn(f);
        if (!k->operations) {
                k->operations = operations;
                k->found = found + 1;
        }
        return kind_of_path(f, found);
}

/* The struct net that an inode of nsfs stands for, or what would be one. */
static __always_inline __u64 nsfs_net(struct inode *inode)
{
        __u64 ns = (__u64)BPF_CORE_READ(inode, i_private);

        return ns ? ns - bpf_core_field_offset(struct net, ns) : 0;
}

/* An open nsfs file. Where it was opened through a bind mount that is in no tree any more, that one
 * lives by the file, and is one more path to the namespace. */
noinline int look_at_nsfs(__u64 file)
{
        struct file *f = (void *)file;
        struct inode *inode = BPF_CORE_READ(f, f_inode);
        struct vfsmount *mnt = BPF_CORE_READ(f, f_path.mnt);
        struct mount *m = MEMBER(struct mount, mnt, mnt);

        if (!is_wanted(nsfs_net(inode)))
                return 0;
        finding_path = 0;
        if (BPF_CORE_READ(mnt, mnt_root) == BPF_CORE_READ(f, f_path.dentry) &&
            !BPF_CORE_READ(m, mnt_ns))
                finding_path = (__u64)mnt;
        emit_if_wanted(nsfs_net(inode), (__u64)inode);
        finding_path = 0;
        return 0;
}

/* A seq_file of /proc/net or of an iterator: `private` is the namespace, or begins with it. */
noinline int look_at_seq(__u64 file)
{
        struct file *f = (void *)file;
        struct seq_file *s = BPF_CORE_READ(f, private_data);
        __u64 private, word = 0;

        if (!s)
                return 0;
        private = (__u64)BPF_CORE_READ(s, private);
        bpf_probe_read_kernel(&word, sizeof(word), (void *)private);
        finding_inode = BPF_CORE_READ(f, f_inode, i_ino);
        if (finding_found == FOUND_PROC)
                emit_if_wanted(private, file);
        emit_if_wanted(word, file);
        finding_inode = 0;
        return 0;
}

static __always_inline void look_at_link(struct bpf_link *l)
{
        struct bpf_nf_link *nf = (void *)l;

        if (bpf_core_field_exists(struct bpf_nf_link, net) &&
            (__u32)BPF_CORE_READ(l, type) == BPF_LINK_TYPE_NETFILTER)
                emit_if_wanted((__u64)BPF_CORE_READ(nf, net), (__u64)l);
}

/* A file that holds by itself, of kind finding_found. What leads to further files (queues, rings,
 * watches) is not followed. */
noinline int look_at_plain(__u64 file)
{
        struct file *f = (void *)file;
        struct fs_context *context;
        struct socket *socket;

        switch (finding_found) {
        case FOUND_SOCKET:
                socket = BPF_CORE_READ(f, private_data);
                emit_sock((__u64)BPF_CORE_READ(socket, sk));
                break;
        case FOUND_DEVICE: /* of tun and macvtap it is a socket */
                finding_device = BPF_CORE_READ(f, f_inode, i_rdev);
                emit_sock((__u64)BPF_CORE_READ(f, private_data));
                finding_device = 0;
                break;
        case FOUND_NSFS:
                look_at_nsfs(file);
                break;
        case FOUND_PROC:
        case FOUND_BPF_ITERATOR:
                look_at_seq(file);
                break;
        case FOUND_FS_CONTEXT:
                context = BPF_CORE_READ(f, private_data);
                emit_if_wanted((__u64)BPF_CORE_READ(context, net_ns), (__u64)context);
                break;
        case FOUND_BPF_LINK:
                look_at_link(BPF_CORE_READ(f, private_data));
                break;
        }
        return 0;
}
