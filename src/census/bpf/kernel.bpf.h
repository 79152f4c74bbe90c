/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The few members of the kernel's structures that the programs read. Offsets are those of the
 * running kernel: the loader looks each member up by name (CO-RE), so the order here says nothing.
 *
 * What follows "___" is no part of a name; several flavours of one structure stand for several
 * kernels, and bpf_core_field_exists() tells which it is. */

typedef unsigned char __u8;
typedef unsigned short __u16;
typedef int __s32;
typedef unsigned int __u32;
typedef long long __s64;
typedef unsigned long long __u64;
/* Which libbpf's headers want. */
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u64 __be64;
typedef __u32 __wsum;

#define NULL     ((void *)0)
#define noinline __attribute__((noinline))

/* linux/bpf.h */
#define BPF_MAP_TYPE_ARRAY      2
#define BPF_F_MMAPABLE          (1U << 10)
#define BPF_LINK_TYPE_NETFILTER 10

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct list_head {
        struct list_head *next, *prev;
};
struct hlist_node {
        struct hlist_node *next;
};
struct hlist_head {
        struct hlist_node *first;
};
struct hlist_nulls_node {
        struct hlist_nulls_node *next;
};
struct hlist_nulls_head {
        struct hlist_nulls_node *first;
};
struct rb_node {
        struct rb_node *rb_left;
};
struct rb_root {
        struct rb_node *rb_node;
};
struct rb_root_cached {
        struct rb_root rb_root;
};

typedef struct {
        int counter;
} atomic_t;
typedef struct {
        __s64 counter;
} atomic64_t;
typedef atomic64_t atomic_long_t;
typedef struct refcount_struct {
        atomic_t refs;
} refcount_t;
typedef struct {
        __u32 val;
} kuid_t;
struct lockref {
        int count;
};

/* Files. */
struct qstr {
        const unsigned char *name;
};
struct super_block {
        unsigned long s_magic;
        void *s_fs_info;
        struct list_head s_list;
};
struct address_space {
        struct rb_root_cached i_mmap;
};
struct inode {
        __u16 i_mode;
        struct super_block *i_sb;
        unsigned long i_ino;
        __u32 i_rdev;
        void *i_private;
        struct address_space *i_mapping;
        void *i_fsnotify_marks;
};
struct dentry {
        struct inode *d_inode;
        struct super_block *d_sb;
        struct lockref d_lockref;
        struct qstr d_name;
};
struct vfsmount {
        struct dentry *mnt_root;
};
struct mount {
        struct vfsmount mnt;
        struct mnt_namespace *mnt_ns;
};
struct path {
        struct vfsmount *mnt;
        struct dentry *dentry;
};
struct file {
        struct path f_path;
        struct inode *f_inode;
        unsigned int f_mode;
        const void *f_op;
        void *private_data;
};
struct fdtable {
        unsigned int max_fds;
        struct file **fd;
};
struct files_struct {
        struct fdtable *fdt;
};
struct fs_struct {
        struct path root;
};
struct seq_file {
        void *private;
};
struct fs_context {
        struct net *net_ns;
};

/* Network namespaces. Before 6.18 the count has another name; `stashed` was a number before 6.9 and
 * is a pointer since, so that the types do not match. */
struct ns_common {
        unsigned int inum;
};
struct ns_common___count {
        refcount_t count;
};
struct ns_common___ref {
        refcount_t __ns_ref;
};
struct ns_common___active {
        atomic_t __ns_ref_active;
};
struct ns_common___number {
        atomic_long_t stashed;
};
struct ns_common___pointer {
        struct dentry *stashed;
};
struct user_namespace {
        struct user_namespace *parent;
        int level;
        kuid_t owner;
        struct ns_common ns;
};
struct unix_table {
        struct hlist_head *buckets;
};
struct netns_unix {
        struct unix_table table;
};
struct netns_packet {
        struct hlist_head sklist;
};
struct netns_xdp {
        struct hlist_head list;
};
struct inet_ehash_bucket {
        struct hlist_nulls_head chain;
};
struct inet_listen_hashbucket {
        struct hlist_nulls_head nulls_head;
};
struct inet_hashinfo {
        struct inet_ehash_bucket *ehash;
        unsigned int ehash_mask;
        unsigned int lhash2_mask;
        struct inet_listen_hashbucket *lhash2;
};
struct inet_timewait_death_row {
        struct inet_hashinfo *hashinfo;
};
struct netns_ipv4 {
        struct inet_timewait_death_row tcp_death_row;
};
struct net {
        refcount_t passive;
        struct list_head list;
        struct user_namespace *user_ns;
        struct ns_common ns;
        __u64 net_cookie;
        struct netns_unix unx;
        struct netns_packet packet;
        struct netns_ipv4 ipv4;
        struct netns_xdp xdp;
};
struct new_utsname {
        char domainname[65];
};
struct uts_namespace {
        struct new_utsname name;
        struct user_namespace *user_ns;
};
struct nsproxy {
        struct uts_namespace *uts_ns;
        struct net *net_ns;
};

/* Tasks. */
struct upid {
        int nr;
        struct pid_namespace *ns;
};
struct pid {
        unsigned int level;
        struct upid numbers[1];
};
struct signal_struct {
        struct list_head thread_head;
};
struct mm_struct {
        unsigned long start_stack;
        struct task_struct *owner;
};
struct vm_area_struct {
        struct mm_struct *vm_mm;
        struct {
                struct rb_node rb;
        } shared;
};
struct cred {
        struct user_namespace *user_ns;
};
struct css_set {
        struct cgroup *dfl_cgrp;
};
struct task_struct {
        unsigned int flags;
        int pid, tgid;
        char comm[16];
        __u64 start_boottime;
        struct task_struct *real_parent, *group_leader;
        const struct cred *cred;
        struct css_set *cgroups;
        struct list_head tasks, thread_node;
        struct mm_struct *mm;
        struct pid *thread_pid;
        struct nsproxy *nsproxy;
        struct fs_struct *fs;
        struct files_struct *files;
        struct signal_struct *signal;
        struct io_uring_task *io_uring;
};

/* Sockets. */
struct sk_buff {
        struct sk_buff *next;
        struct sock *sk;
        char cb[48];
};
struct sk_buff_head {
        struct sk_buff *next;
        __u32 qlen;
};
typedef struct {
        struct net *net;
} possible_net_t;
struct sock_common {
        __u16 skc_family;
        volatile unsigned char skc_state;
        unsigned char skc_net_refcnt : 1;
        unsigned long skc_flags;
        possible_net_t skc_net;
        struct hlist_node skc_node;
        struct hlist_nulls_node skc_nulls_node;
        atomic64_t skc_cookie;
};
struct sock {
        struct sock_common __sk_common;
        struct sk_buff_head sk_receive_queue;
        struct socket *sk_socket;
        __u16 sk_type, sk_protocol;
};
struct socket {
        struct sock *sk;
};
struct socket_alloc {
        struct socket socket;
        struct inode vfs_inode;
};
struct scm_fp_list {
        short count;
        struct file *fp[1];
};
struct unix_skb_parms {
        struct scm_fp_list *fp;
};
struct unix_sock {
        struct sock *peer;
};
struct mptcp_sock {
        struct sock *first;
};

/* Watches: before 6.10 `obj` points to the member i_fsnotify_marks of the inode, since then to the
 * inode itself. */
struct fsnotify_group {
        struct list_head marks_list;
};
struct fsnotify_mark {
        struct list_head g_list;
        struct fsnotify_mark_connector *connector;
};
struct fsnotify_mark_connector {
        unsigned char type;
        void *obj;
};

/* io_uring: before 6.13 the table of files is an array of tagged pointers, since then one of
 * pointers to nodes. */
struct io_rsrc_node {
        unsigned long file_ptr;
};
struct io_rsrc_data {
        unsigned int nr;
        struct io_rsrc_node **nodes;
};
struct io_fixed_file {
        unsigned long file_ptr;
};
struct io_file_table___array {
        struct io_fixed_file *files;
};
struct io_file_table___nodes {
        struct io_rsrc_data data;
};
struct io_hash_bucket {
        struct hlist_head list;
};
struct io_hash_table {
        struct io_hash_bucket *hbs;
        unsigned int hash_bits;
};
struct io_ring_ctx {
        struct io_hash_table cancel_table;
};
struct io_ring_ctx___array {
        struct io_file_table___array file_table;
        unsigned int nr_user_files;
};
struct io_ring_ctx___nodes {
        struct io_file_table___nodes file_table;
};
struct io_ring_ctx___locked {
        struct io_hash_table cancel_table_locked;
};
struct io_uring_task {
        struct file *registered_rings[1];
};
struct io_kiocb {
        struct file *file;
        struct hlist_node hash_node;
};

/* BPF links. */
enum bpf_link_type { BPF_LINK_TYPE_NONE = 0 };
struct bpf_link {
        __u32 id;
        enum bpf_link_type type;
};
struct bpf_nf_link {
        struct net *net;
};
struct bpf_iter_meta {
        struct seq_file *seq;
};
struct bpf_iter__bpf_link {
        struct bpf_iter_meta *meta;
        struct bpf_link *link;
};

#pragma clang attribute pop
