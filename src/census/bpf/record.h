/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the BPF programs and this program say to each other, in maps that both have in memory.
 *
 * Numbers called net, object, owner are addresses in the kernel: they tell one thing from another,
 * and never leave this process. */

#ifndef __bpf__
#include <linux/types.h>
#endif

/* How much of a table may be filled, and how far a key may lie from its place in it. */
#define SLOT_PROBES 8
#define SLOT_SPARE  4

/* How many records of one namespace are made at most in one walk; its slot counts on. */
#define RECORDS_EACH_MAX 8192

/* One place of a hash table without pointers: empty unless of the table's generation. */
struct slot {
        __u64 key, key2;
        __u32 generation;
        __u32 value;
};

/* What a program is told, and where it goes on in the next of its runs. */
struct run {
        /* Told. */
        __u64 budget_ns;   /* a run ends after so long */
        __u32 generation;  /* of the slots that count; never 0 */
        __u32 first;       /* set before the first run of a walk */
        __u32 slots_mask;  /* slots of the table, less 1; a power of two */
        __u32 tables_mask; /* likewise, of the second one of PHASE_FILES */

        /* Said. */
        __u32 records;
        __u32 done;       /* the walk came to its end */
        __u32 full;       /* it did not fit: the walk is to be repeated with more room */
        __u32 lost;       /* cursors that were gone, and had to be found anew */
        __u64 longest_ns; /* run */
};

struct net_record {
        __u64 net;
        __u64 cookie;
        __u64 nsfs_inode; /* the inode that the dentry has */
        __u32 inode;
        __u32 owner_userns;
        __u32 owner_uid;   /* as the initial user namespace has it, like the next */
        __u32 charged_uid; /* owner of the outermost user namespace it is in, but for that one */
        __s32 count;       /* references; 0 while it is being torn down */
        __s32 paths;       /* open nsfs files and mounts */
        __s32 active;      /* 7.0: nsproxies and nsfs inodes; -1 elsewhere */
        __u32 pad;
};

/* One distinct nsproxy: one reference on its network namespace, however many tasks share it. */
struct proxy_record {
        __u64 proxy;
        __u64 net;
        __u32 tasks;
        __u32 pad;
};

/* One task. Numbers of our pid namespace, 0 in none that we see. */
struct task_record {
        __s32 tgid, tid;
        __u32 proxy;      /* index of its proxy_record */
        __u32 looks;      /* it is of nsorphan, and does not live there */
        __u64 start_nsec; /* of its process, since boot */
};

/* A thread that was met on the way: where a walk goes on. */
struct trail {
        __u64 task;
        __u32 pid;
        __u32 value; /* for the program that walks */
};

/* What a holder is. */
enum found {
        FOUND_NOTHING,
        FOUND_SOCKET,
        FOUND_NSFS,
        FOUND_PROC,
        FOUND_DEVICE, /* a character device: private_data may be a socket */
        FOUND_FS_CONTEXT,
        FOUND_INOTIFY,
        FOUND_FANOTIFY,
        FOUND_IO_URING,
        FOUND_BPF_ITERATOR,
        FOUND_BPF_LINK,
        FOUND_KERNEL_MOUNT,
        FOUND_PATH, /* O_PATH: of nsfs it holds, of all else it is nothing but a path */
};

/* And where. */
enum where {
        WHERE_FD,
        WHERE_IN_FLIGHT, /* owner: the unix socket whose queue it is in */
        WHERE_IO_URING_FILE,
        WHERE_IO_URING_REQUEST,
        WHERE_SOCKET_TABLE, /* of all sockets of its kind, fd or not */
        WHERE_BACKLOG,      /* owner: the listening socket */
        WHERE_PEER,         /* owner: the socket that is connected to it or has its datagram */
        WHERE_MAPPING,
        WHERE_KERNEL,
};

struct holder_record {
        __u64 net;    /* 0 for the owner of something that was asked about */
        __u64 object; /* what has the reference, or what was asked about */
        __u64 owner;
        __u64 path;       /* FOUND_NSFS: a mount that only this file keeps */
        __u64 inode;      /* of the socket or the file */
        __u64 cookie;     /* of the socket, as SO_COOKIE has it; 0: nobody has asked for it yet */
        __u64 start_nsec; /* of the process, since boot */
        __s32 tgid, tid, fd;
        __u32 device; /* FOUND_DEVICE */
        __u16 family, type, protocol;
        __u8 found, where;
        __u8 counted; /* it has a reference of its own */
        __u8 state;   /* of a socket */
        __u8 dead;    /* its owner has closed it */
        __u8 looks;   /* the process is of nsorphan, and does not live there */
        __u8 pad[4];
};

static inline __u32 slot_hash(__u64 key, __u64 key2)
{
        return (__u32)(((key ^ (key2 << 1)) * 0x9e3779b97f4a7c15ULL) >> 32);
}
