/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the kernel lists of unix sockets, asked inside each namespace that a process is in, before
 * the walk. A dump tells of all of them at less than a microsecond each; to duplicate one takes
 * five times that, to look into its queue ten times. */

#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <sys/socket.h>

#include "census/procfs/parse.h"
#include "census/procfs/walk.h"
#include "netlink/netns_thread.h"
#include "netlink/sock_diag.h"

/* The way of the thread through all namespaces. */
struct tour {
        struct walker *walker;
        const struct number_list *pids;
        struct number_set *seen;         /* inode numbers of namespaces */
        const struct known_netns *netns; /* where it is */
};

/* Goes into the namespace of @pid, unless it has been there. 1, 0 when there is nothing to be done
 * or no way in, or -ENOMEM. */
static int enter(struct tour *t, uint64_t pid)
{
        int proc_fd = t->walker->walk->proc_fd;
        char path[32], link[64];
        uint64_t inode;

        (void)snprintf(path, sizeof(path), "%" PRIu64 "/ns/net", pid);
        ssize_t n = readlinkat(proc_fd, path, link, sizeof(link));
        if (n < 0 || parse_typed_link(link, (size_t)n, "net", &inode) < 0)
                return 0;
        int r = number_set_add(t->seen, inode);
        if (r <= 0)
                return r;
        _cleanup_close_ int fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC);
        return fd >= 0 && setns(fd, CLONE_NEWNET) == 0;
}

static int on_socket(const struct sock_record *record, void *userdata)
{
        struct tour *t = userdata;
        struct walk *walk = t->walker->walk;

        if (record->inode == 0)
                return 0;
        int r = idle_queues_note(&walk->idle_queues, record);
        if (r < 0)
                return r;
        return socket_cache_learn(walk->sockets, record->inode,
                                  &(struct socket_facts){.netns = t->netns,
                                                         .family = AF_UNIX,
                                                         .type = (uint8_t)record->type});
}

/* In a namespace. -ENOENT when this kernel has no such dump. */
static int ask(struct tour *t)
{
        _cleanup_close_ int own = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (own < 0)
                return negative_errno();
        int r = socket_cache_netns(t->walker->walk->sockets, own, &t->netns);
        return r < 0 ? r : sock_diag_walk_one(SOCK_TABLE_UNIX, on_socket, t);
}

static int go_round(void *userdata)
{
        struct tour *t = userdata;
        struct walk *walk = t->walker->walk;
        int r = 0;

        for (size_t i = 0; i < t->pids->n && r != -ENOMEM; i++) {
                pid_t pid = (pid_t)t->pids->numbers[i];
                if (atomic_load(&walk->progress->cancel))
                        return -ECANCELED;
                if (walker_skips(t->walker, pid))
                        continue;
                walker_at(t->walker, pid, SCAN_TASKS);
                r = enter(t, t->pids->numbers[i]);
                if (r > 0)
                        r = ask(t);
                if (r == -ENOENT) {
                        walk->no_unix_dump = true;
                        return 0;
                }
        }
        return r == -ENOMEM ? r : 0;
}

int walker_tour(struct walker *w, const struct number_list *pids)
{
        if (w->walk->no_unix_dump)
                return 0;
        struct tour t = {.walker = w, .pids = pids, .seen = number_set_new()};
        if (!t.seen)
                return -ENOMEM;
        _cleanup_close_ int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
        int r = home < 0 ? 0 : netns_thread_run(home, go_round, &t);
        number_set_free(t.seen);
        idle_queues_sort(&w->walk->idle_queues);
        /* Without a thread, or the right to enter, the walk asks each socket itself. */
        return r == -ENOMEM || r == -ECANCELED ? r : 0;
}
