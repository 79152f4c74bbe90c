/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/origin.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "inspect/process-open.h"
#include "proc/comm.h"
#include "proc/fdinfo.h"
#include "proc/open.h"
#include "proc/stat.h"
#include "proc/status.h"
#include "util/macro.h"

static const char *const origin_names[_ORIGIN_KIND_MAX] = {
        [ORIGIN_OPENED] = "opened",     [ORIGIN_INHERITED] = "inherited",
        [ORIGIN_RECEIVED] = "received", [ORIGIN_PASSED] = "passed",
        [ORIGIN_ACCEPTED] = "accepted",
};

const char *origin_kind_to_string(enum origin_kind kind)
{
        return kind < _ORIGIN_KIND_MAX ? origin_names[kind] : NULL;
}

/* PID_MAX_LIMIT of include/linux/threads.h: no pid has more bits. */
#define PID_BITS 22
#define PID_MASK ((UINT32_C(1) << PID_BITS) - 1)

/* The kernel binds a netlink socket to the pid of the process that first uses it, as that is called
 * in its own pid namespace, or to a negative number when another socket has that already. Libraries
 * that have several sockets choose the number themselves: libnl and pyroute2 take the pid and put a
 * counter above its bits. */
static bool is_own_port(const struct origin_evidence *e)
{
        uint32_t pid = e->netlink_port & PID_MASK;

        for (size_t i = 0; i < e->n_holder_pids; i++)
                if (pid == (uint32_t)e->holder_pids[i])
                        return true;
        return pid == (uint32_t)e->holder;
}

/* The pid in it; 0 where there is none, or a random number. */
static uint32_t opener_of(uint32_t port)
{
        return port <= INT32_MAX ? port & PID_MASK : 0;
}

bool origin_port_is_made(uint32_t port)
{
        return port > PID_MASK;
}

enum origin_kind origin_judge(const struct origin_evidence *e)
{
        uint32_t opener = opener_of(e->netlink_port);

        if (e->unix_accepted)
                return ORIGIN_ACCEPTED;
        if (e->netlink_port && is_own_port(e))
                return ORIGIN_OPENED;
        if (e->parent_has_it)
                return ORIGIN_INHERITED;
        if (opener == 0)
                return ORIGIN_UNKNOWN;
        /* Every container has a pid 1 of its own, and orphaned processes get ours as their parent:
         * that number proves nothing. */
        if (opener > 1 && (opener == (uint32_t)e->parent || e->forebear))
                return ORIGIN_INHERITED;
        return e->younger_opener ? ORIGIN_RECEIVED : ORIGIN_PASSED;
}

static void read_cloexec(const struct holder *h, struct origin *o)
{
        char path[64];
        uint64_t flags;

        _cleanup_close_ int dir = process_open_dir(h->process);
        if (dir < 0)
                return;
        (void)snprintf(path, sizeof(path), "task/%d/fdinfo/%d", (int)h->tid, h->fd);
        o->has_cloexec = proc_fdinfo_read_flags(dir, path, &flags) > 0;
        o->cloexec = o->has_cloexec && flags & O_CLOEXEC;
}

static bool runs(pid_t pid)
{
        return kill(pid, 0) >= 0 || errno == EPERM;
}

bool origin_may_be_accepted(const struct holder *h, const struct socket_detail *d)
{
        return h->kind == HOLDER_SOCKET && h->process && h->fd >= 0 && h->family == AF_UNIX &&
               h->type != SOCK_DGRAM && d && d->local && strcmp(d->state, "established") == 0;
}

static void read_client(const struct holder *h, struct origin *o)
{
        _cleanup_close_ int fd = process_open_fd(h->process, h->tid, h->fd);
        struct ucred peer;
        socklen_t n = sizeof(peer);

        if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) < 0)
                return;
        fd = fd_close(fd);
        o->has_client = true;
        o->client = peer.pid;
        o->client_uid = peer.uid;
        o->client_gone = peer.pid > 0 && !runs(peer.pid);
}

/* The process @pid as a holder of the same socket as @h; NULL when it is none. */
static const struct holder *other_holder(const struct netns *ns, const struct holder *h, pid_t pid)
{
        for (size_t i = 0; i < ns->n_holders && pid > 0; i++) {
                const struct holder *other = &ns->holders[i];
                if (other->pid == pid && other->process && other->socket_inode == h->socket_inode)
                        return other;
        }
        return NULL;
}

static bool is_same_program(int dir, int other_dir)
{
        char path[PATH_MAX], other[PATH_MAX];
        ssize_t n = readlinkat(dir, "exe", path, sizeof(path));

        return n > 0 && readlinkat(other_dir, "exe", other, sizeof(other)) == n &&
               memcmp(path, other, (size_t)n) == 0;
}

/* Looks at the process with the number of the opener, if it still runs. It is that one if it has
 * this number in its own pid namespace, and is older than the holder. */
static bool read_opener(const struct holder *h, pid_t pid, struct origin *o)
{
        _cleanup_free_ char *comm = NULL;
        struct proc_status status;
        struct proc_stat stat;

        _cleanup_close_ int root = proc_open();
        _cleanup_close_ int dir = root < 0 ? root : proc_open_process(root, pid);
        _cleanup_close_ int own = process_open_dir(h->process);
        if (dir < 0 || own < 0 || proc_stat_read(dir, &stat) < 0 ||
            proc_status_read(dir, &status) < 0 || status.n_pids == 0 ||
            status.pids[status.n_pids - 1] != pid || stat.start_ticks > h->process->start_ticks)
                return false;
        if (proc_comm_read(dir, &comm) >= 0)
                (void)snprintf(o->opener_comm, sizeof(o->opener_comm), "%s", comm);
        o->same_program = is_same_program(own, dir);
        return true;
}

/* Of a socket that programs started from its opener get, and that is no child's of the opener: that
 * process is older and goes on, or it has ended and the holder was given to pid 1. */
static bool is_forebear(const struct holder *h, const struct origin_evidence *e, struct origin *o)
{
        pid_t opener = (pid_t)opener_of(e->netlink_port);

        if (opener <= 1 || opener == h->pid || !o->has_cloexec || o->cloexec)
                return false;
        if (runs(opener))
                return read_opener(h, opener, o);
        o->opener_gone = e->parent == 1 && opener < h->pid && e->n_holder_pids == 1;
        return o->opener_gone;
}

void origin_read(const struct netns *ns, const struct holder *h,
                 const struct process_facts *process, const struct socket_detail *detail,
                 bool listened, struct origin *ret)
{
        struct origin_evidence e = {.holder = h->pid};

        *ret = (struct origin){};
        if (h->kind != HOLDER_SOCKET || !h->process || h->fd < 0)
                return;
        read_cloexec(h, ret);
        if (process) {
                e.holder_pids = process->pids;
                e.n_holder_pids = process->n_pids;
                e.parent = process->parent;
        }
        e.parent_has_it = ret->parent_has_it = other_holder(ns, h, e.parent);
        if (h->family == AF_NETLINK && detail)
                e.netlink_port = detail->port_id;
        const struct holder *opener = other_holder(ns, h, (pid_t)opener_of(e.netlink_port));
        e.younger_opener = opener && opener->process->start_ticks > h->process->start_ticks;
        e.forebear = is_forebear(h, &e, ret);
        e.unix_accepted = listened && origin_may_be_accepted(h, detail);
        ret->kind = origin_judge(&e);
        if (ret->kind == ORIGIN_ACCEPTED) {
                read_client(h, ret);
                ret->peer_closed = detail->peer_inode == 0;
        } else if (ret->kind == ORIGIN_OPENED)
                ret->opener = e.netlink_port & PID_MASK;
        else if (ret->kind != ORIGIN_UNKNOWN)
                ret->opener = opener_of(e.netlink_port);
}
