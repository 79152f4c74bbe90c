/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The walk over processes: what the files of this folder share. Internal to procfs/. */

#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "census/builder.h"
#include "census/charge.h"
#include "census/procfs/budget.h"
#include "census/procfs/classify.h"
#include "census/procfs/socket-cache.h"
#include "census/procfs/table-order.h"
#include "census/scan-options.h"
#include "census/scan-progress.h"
#include "netns/ourselves.h"
#include "util/number-list.h"
#include "util/number-set.h"

/* A unix socket whose receive queue holds files. Looked into after the walk, one at a time. */
struct queue {
        uint64_t socket_inode;
        uint64_t scm_fds;
        pid_t pid, tid;
        int fd;
};

/* A task whose namespace link may not be read, and the inode number of its net/tcp: proof.c. */
struct unproven_task {
        pid_t pid, tid;
        uint64_t net_inode;
};

struct lookers;

/* A task that has begun to end, and whose files are out of sight: exits.c. */
struct exiting_task {
        pid_t pid, tid;
};

/* What all walkers of one scan share. */
struct walk {
        int proc_fd; /* /proc */
        struct kernel_devices devices;
        struct socket_cache *sockets;
        struct lookers *lookers;
        const struct scan_options *options;
        struct scan_progress *progress; /* never NULL */
        _Atomic bool no_unix_dump;      /* this kernel has none: not asked for again */
        uint64_t missing_tables; /* socket tables this kernel can not list: netlink/sock-diag.h */
        bool mounts_listed;      /* the kernel itself has listed the mounts: mount-list.h */
        struct number_set *mount_namespaces; /* else: those that tasks are in */
        struct number_set *unseen_mntns;     /* and those that an fd or a mount leads to */
        struct number_set *rings;            /* inodes of io_urings that an fd leads to */
        struct number_set *bpf_links;        /* ids of BPF netfilter links that an fd leads to */
        struct number_set *netns;            /* nsfs inodes known to be network namespaces */
        struct number_set *other_nsfs;       /* and to be none */
        struct budget *budget;
        pthread_mutex_t large_tables_lock;
        struct table_order large_tables; /* that were walked */
};

/* One walking thread. */
struct walker {
        struct walk *walk;
        struct builder *builder;
        char *dents;               /* DENTS_BUFFER_SIZE */
        struct number_list tids;   /* of the process it is at */
        struct number_list tables; /* one task of each of its fd tables */
        struct table_order table_order;
        size_t n_vanished;          /* threads that were listed, but gone when their turn came */
        struct number_set *zombies; /* those that do not count as vanished again; may be NULL */
        struct ourselves ourselves;
        pid_t home_pid;      /* the process whose first thread was seen last, */
        uint64_t home_netns; /* and the namespace which that is in */
        struct queue *queues;
        size_t n_queues, room_queues;
        struct unproven_task *unproven;
        size_t n_unproven, room_unproven;
        struct exiting_task *exiting;
        size_t n_exiting, room_exiting;
        unsigned n_ring_waits; /* io_urings whose lock was waited for */
        struct charge_cache charges;
        _Atomic int pid; /* where it is, for watchers */
        _Atomic int step;
};

/* 0 or -ENOMEM. */
int walker_init(struct walker *w, struct walk *walk);
void walker_deinit(struct walker *w);

/* The process a walker is at. */
struct visit {
        struct walker *walker;
        pid_t pid;
        int dir_fd; /* O_PATH of /proc/PID: bound to the process, not to the number */
        int pidfd;  /* leads to the fd table of pidfd_tid; -EBADF until it is needed */
        pid_t pidfd_tid;
        bool unreadable;              /* ptrace access was refused */
        uid_t uid;                    /* whom it is charged to */
        const struct scan_wary *wary; /* what is left out of it; NULL: nothing */
};

/* Whether the scan is to leave this process alone: scan_options. */
bool walker_skips(const struct walker *w, pid_t pid);

/* What the scan leaves out of a process charged to @uid for the sake of others of its share; NULL:
 * nothing. */
const struct scan_wary *walker_wary(const struct walker *w, pid_t pid, uid_t uid);

/* Opens /proc/PID. 1, 0 when there is no such process any more, or a negative errno. */
int visit_init(struct visit *v, struct walker *w, pid_t pid);
void visit_deinit(struct visit *v);

/* Adds to walker->queues and walker->unproven. 0 or -ENOMEM. */
int walker_note_queue(struct walker *w, const struct queue *q);
int walker_note_unproven(struct walker *w, const struct unproven_task *t);

/* Tells watchers where this walker is. */
void walker_at(struct walker *w, pid_t pid, enum scan_step step);

/* The inode number of the namespace of type @type ("net", "mnt") that the link @path in @dir_fd
 * names. 0, or a negative errno of readlinkat(2); -EINVAL when it names none. */
int ns_link_inode(int dir_fd, const char *path, const char *type, uint64_t *ret);

/* Counts the process as unreadable, once a visit. */
void visit_refused(struct visit *v, int errnum);

/* Whether @r is what a process or fd that has gone away gives: no error. */
static inline bool is_gone(int r)
{
        return r == -ENOENT || r == -ESRCH || r == -EBADF;
}

static inline bool is_refused(int r)
{
        return r == -EACCES || r == -EPERM;
}

/* tasks.c: the namespace links of all threads. Leaves the thread ids in walker->tids. */
int visit_tasks(struct visit *v);

/* tables.c: the fd table of the process, and those of threads with one of their own. */
int visit_fds(struct visit *v);

/* io-uring.c: whether an fd leads to the ring that the process has mapped. After the fds. */
bool visit_knows_ring(const struct visit *v, uint64_t inode);

/* exits.c: notes the task @tid, which shows no open file, if that is because it has begun to end. 0
 * or -ENOMEM. Then, when some time has passed, counts as gaps those that have not ended. */
int exits_note(struct visit *v, pid_t tid);
void exits_count(struct walker *w);

/* mounts.c: the mounts of all mount namespaces. Before the fds, by one walker for all. 0,
 * -ECANCELED or another negative errno. */
int walker_visit_mounts(struct walker *w);

/* maps.c: sockets that are mapped, whose fd may be closed. Waits for the process's mmap lock. */
int visit_maps(struct visit *v);

/* files.c: fd @h->fd of task @h->tid, which may hold a namespace. Each emits @h, completed with
 * what the file tells. */
int visit_socket(struct visit *v, const struct statx *stx, struct holder *h,
                 struct socket_facts *ret_facts);
int visit_tun(struct visit *v, const struct statx *stx, struct holder *h);
/* Leaves alone what is a namespace of another type. @link: the text of the fd's link, or NULL. */
int visit_nsfs(struct visit *v, const struct statx *stx, const char *link, struct holder *h);

/* A duplicate of fd @fd of @tid, if it still is the file @expected says: the new fd, to be closed
 * at once, or a negative errno; -ENOENT when it is gone or another file now, -ENOTSUP for a
 * thread's own fd table before Linux 6.9. */
int visit_getfd(struct visit *v, pid_t tid, int fd, const struct statx *expected);

/* A pidfd that leads to the fd table of @tid; it stays the visit's. Or a negative errno; -ENOTSUP
 * for a thread's own fd table before Linux 6.9. */
int visit_pidfd(struct visit *v, pid_t tid);

/* A holder of which the namespace could not be asked, because of @r: counted, listed, never
 * dropped. */
int visit_emit_refused(struct visit *v, struct holder *h, int r);

/* queue.c: looks into the queues found, follows queues in queues. After the walk, one thread. */
int walker_look_into_queues(struct walker *w);

/* own.c: makes the walker leave out what is ours. */
void walker_leave_out_own(struct walker *w);

/* proof.c: finds the namespaces of the tasks in walker->unproven, once all others are known. */
int walker_prove_tasks(struct walker *w);
