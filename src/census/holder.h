/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A holder: one reference that keeps a namespace alive, and the process that has it. A value, for
 * the census, the ledger, reports and the client alike. Every string in it is escaped already
 * (util/text.h) and safe to print. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "census/birth.h"
#include "census/process.h"

/* The kinds of references that keep a namespace alive, a closed list, with their words in JSON,
 * journal, Varlink, metrics and tables. In the order in which holders are listed: what decides the
 * verdict comes first. */
#define HOLDER_KINDS(X)                                                                            \
        X(TASK, "task")                         /* a thread in it */                               \
        X(NSFS_FD, "nsfs_fd")                   /* an open nsfs file */                            \
        X(NSFS_MOUNT, "nsfs_mount")             /* a bind mount, anywhere */                       \
        X(NSFS_WATCH, "nsfs_watch")             /* of inotify or fanotify */                       \
        X(SOCKET, "socket")                     /* in an fd table */                               \
        X(SOCKET_IN_FLIGHT, "socket_in_flight") /* in a unix queue */                              \
        X(SOCKET_MAPPING, "socket_mapping")     /* a packet ring, its fd closed */                 \
        X(SOCKET_BACKLOG, "socket_backlog")     /* not accepted yet */                             \
        X(SOCKET_CLOSING, "socket_closing")     /* closed, still sending */                        \
        X(SOCKET_PEER, "socket_peer")           /* dead, of a unix socket */                       \
        X(TUN, "tun")                           /* an open /dev/net/tun */                         \
        X(TAP, "tap")                           /* /dev/tapN: macvtap, ipvtap */                   \
        X(VHOST, "vhost")                       /* /dev/vhost-net, -vsock */                       \
        X(IO_URING_FILE, "io_uring_file")       /* registered, its fd closed */                    \
        X(IO_URING_REQUEST, "io_uring_request") /* waited for */                                   \
        X(PROC_NET_FILE, "proc_net_file")       /* an open /proc/.../net/... file */               \
        X(FS_CONTEXT, "fs_context")             /* of fsopen(2), fspick(2) */                      \
        X(BPF_ITERATOR, "bpf_iterator")         /* over sockets or routes, open */                 \
        X(BPF_LINK, "bpf_link")                 /* netfilter, open or pinned */                    \
        X(KERNEL_MOUNT, "kernel_mount")         /* nfsd, rpc_pipefs */                             \
        X(UNEXPLAINED, "unexplained")           /* counted, found nowhere */

enum holder_kind {
        HOLDER_NONE, /* a file that holds nothing */
#define X(symbol, word) HOLDER_##symbol,
        HOLDER_KINDS(X)
#undef X
                _HOLDER_KIND_MAX,
};

/* The word of a kind; NULL for HOLDER_NONE. */
const char *holder_kind_to_string(enum holder_kind kind);
enum holder_kind holder_kind_from_string(const char *s); /* HOLDER_NONE when unknown */

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
        uint64_t socket_cookie;   /* of the socket, or a tun's or a tap's: its name for good, where
                                     the source says it; 0 */
        uint64_t file_inode;      /* of another file; what tells it from others; 0 */
        int family;               /* SO_DOMAIN; -1 when unknown */
        int type;                 /* SO_TYPE; -1 */
        int protocol;             /* SO_PROTOCOL; -1 */
        uint64_t mntns;           /* of a mount: inode of the mount namespace it is in; 0 */
        char *path;               /* mount point, /proc/net file; NULL */
        char *device;             /* tun: its interface; NULL when unattached */
        uint64_t device_netns;    /* tun: inode of the namespace the interface is in now, or 0 */
        uint64_t home_inode;      /* task: of the namespace that its process is in, where that is
                                     another (a stray thread) and a scan was to see that; or 0 */
        bool writable;            /* mapping: of the sockets only AF_PACKET's and AF_XDP's can be */
        bool nameless; /* unresolved: verified to hold none of the known namespaces, but perhaps
                          what another nameless one is known by */
        const char *net_file; /* static: which file below /proc/…/net it is, verified; NULL */
        const char *reason;   /* static: why its namespace cannot be read; NULL */
        bool checked;         /* a source that did not get it from /proc asked there: `verified` */
        bool verified;        /* and was told the same */
        const char *unverified;  /* static: why it was not; NULL */
        uint64_t start_nsec;     /* of its process: see there */
        uid_t uid;               /* whom its process is charged to; UID_UNKNOWN */
        struct process *process; /* NULL only where pid is 0; of which it is one owner */
        struct birth *birth;     /* of its socket, where that was noted; NULL; likewise */
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

/* What is known of its process. */
static inline const char *holder_comm(const struct holder *h)
{
        return h->process ? h->process->comm : NULL;
}

static inline const char *holder_unit(const struct holder *h)
{
        return h->process ? h->process->unit : NULL;
}

static inline uint64_t holder_start_ticks(const struct holder *h)
{
        return h->process ? h->process->start_ticks : 0;
}

/* A copy, which shares the process. 0, or -ENOMEM with *ret all zero. */
int holder_copy(struct holder *ret, const struct holder *h);

/* Gives back what @h owns, and forgets it. */
void holder_clear(struct holder *h);

/* Frees @n holders and their array, which may be NULL. */
void holder_free_array(struct holder *holders, size_t n);

/* The order in which holders are listed: for qsort(3). */
int holder_compare(const void *a, const void *b);

/* Whether both are one holder, held by one process under the same names. What may change of a
 * holder meanwhile (how deep it is in a queue, where its interface is) does not count. */
bool holder_equal(const struct holder *a, const struct holder *b);

/* Whether both are of the same process (same pid and start), or may be: of one that ended before it
 * could be described, the start is not known. */
bool holder_same_process(const struct holder *a, const struct holder *b);

/* Whether both are the same socket, tun or tap, perhaps under another name: by its cookie where
 * both have one; else the same process has a socket of that number under that fd. False where that
 * is not known. */
bool holder_same_socket(const struct holder *a, const struct holder *b);

/* Whether the process that opened the socket is the one that holds it: @h has a birth, and that is
 * of the same process. */
bool holder_is_opener(const struct holder *h);
