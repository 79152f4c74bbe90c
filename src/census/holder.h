/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A holder: one reference that keeps a namespace alive, and the process that has it. A value. Every
 * string in it is escaped already (util/text.h) and safe to print. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/fair-share.h"
#include "util/file.h"

/* One kind of reference that keeps a namespace alive. In the order in which holders are listed:
 * what decides the verdict comes first. */
enum holder_kind {
        HOLDER_NONE,             /* a file that holds nothing */
        HOLDER_TASK,             /* a thread that is in the namespace */
        HOLDER_NSFS_FD,          /* an open nsfs file */
        HOLDER_NSFS_MOUNT,       /* an nsfs bind mount, in any mount namespace */
        HOLDER_NSFS_WATCH,       /* an inotify or fanotify watch on an nsfs file */
        HOLDER_SOCKET,           /* a socket in an fd table */
        HOLDER_SOCKET_IN_FLIGHT, /* a file in a unix socket's queue, not received yet */
        HOLDER_SOCKET_MAPPING,   /* a mapped socket (AF_PACKET ring), its fd closed */
        HOLDER_SOCKET_BACKLOG,   /* a connection that was not accepted yet */
        HOLDER_SOCKET_CLOSING,   /* closed by its owner, still sending */
        HOLDER_SOCKET_PEER,      /* the dead peer of a connected unix socket */
        HOLDER_TUN,              /* an open /dev/net/tun, attached or not */
        HOLDER_TAP,              /* an open /dev/tapN of a macvtap or ipvtap interface */
        HOLDER_VHOST,            /* an open /dev/vhost-net or /dev/vhost-vsock */
        HOLDER_IO_URING_FILE,    /* a file registered with io_uring, its fd closed */
        HOLDER_IO_URING_REQUEST, /* a file that a request in an io_uring waits for */
        HOLDER_PROC_NET_FILE,    /* an open /proc/.../net/... file */
        HOLDER_FS_CONTEXT,       /* an fd of fsopen(2) or fspick(2) */
        HOLDER_BPF_ITERATOR,     /* an open BPF iterator over sockets or routes */
        HOLDER_BPF_LINK,         /* a BPF netfilter link, open or pinned in bpffs */
        HOLDER_KERNEL_MOUNT,     /* a file system made inside that keeps it: nfsd, rpc_pipefs */
        HOLDER_UNEXPLAINED,      /* counted by the kernel, found nowhere */
        _HOLDER_KIND_MAX,
};

/* The name of a kind in JSON, journal and tables: "socket_in_flight". NULL for HOLDER_NONE.
 * A closed list, the same words everywhere. */
const char *holder_kind_to_string(enum holder_kind kind);
enum holder_kind holder_kind_from_string(const char *s); /* HOLDER_NONE when unknown */

/* A process that holds something. Owned by its census, shared by its holders. */
struct process {
        pid_t pid;
        uint64_t start_ticks; /* field 22 of /proc/PID/stat: with the pid, names it for good; 0 when
                                 it ended before that could be read */
        char *comm;           /* escaped; NULL when it could not be read */
        char *unit;           /* systemd unit, as systemd shows it; NULL for none */
        struct file_id executable; /* the file it runs; zero for a kernel thread, or unknown */
        uid_t uid;                 /* whom it is charged to; UID_UNKNOWN */
        bool gone;                 /* ended before it could be described */
};

struct holder {
        enum holder_kind kind;
        enum holder_kind carried; /* for HOLDER_SOCKET_IN_FLIGHT: what is in flight; for
                                     HOLDER_IO_URING_FILE: what is registered, when it is
                                     known and no socket */
        pid_t pid;                /* 0 when not held by a process (a mount seen by none) */
        pid_t tid;                /* the thread; the process's own pid for its shared fd table */
        int fd;                   /* -1 when through none */
        unsigned depth;           /* in flight: how many queues deep, from 1 */
        uint64_t socket_inode;    /* 0 when not a socket */
        uint64_t file_inode;      /* of another file; what tells it from others; 0 */
        int family;               /* SO_DOMAIN; -1 when unknown */
        int type;                 /* SO_TYPE; -1 */
        int protocol;             /* SO_PROTOCOL; -1 */
        char *path;               /* mount point, /proc/net file; NULL */
        char *device;             /* tun: its interface; NULL when unattached */
        uint64_t device_netns;    /* tun: inode of the namespace the interface is in now, or 0 */
        bool writable;            /* mapping: of the sockets only AF_PACKET's and AF_XDP's can be */
        bool nameless; /* unresolved: verified to hold none of the known namespaces, but perhaps
                          what another nameless one is known by */
        const char *net_file; /* static: which file below /proc/…/net it is, verified; NULL */
        const char *reason;   /* static: why its namespace could not be read; NULL */
        bool checked;         /* a source that did not get it from /proc asked there: `verified` */
        bool verified;        /* and was told the same */
        const char *unverified;        /* static: why it was not; NULL */
        uid_t uid;                     /* whom its process is charged to; UID_UNKNOWN */
        const struct process *process; /* NULL only where pid is 0 */
};

/* A holder of @pid of which nothing more is known. */
#define HOLDER_OF(pid_, tid_, fd_)                                                                 \
        ((struct holder){.pid = (pid_),                                                            \
                         .tid = (tid_),                                                            \
                         .fd = (fd_),                                                              \
                         .uid = UID_UNKNOWN,                                                       \
                         .family = -1,                                                             \
                         .type = -1,                                                               \
                         .protocol = -1})

/* Frees the strings of @h, and forgets them. */
void holder_clear(struct holder *h);

/* Frees @n holders and their array, which may be NULL. */
void holder_free_array(struct holder *holders, size_t n);

/* The order in which holders are listed: for qsort(3). */
int holder_compare(const void *a, const void *b);
