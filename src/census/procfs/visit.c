/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/visit.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "census/procfs/file-class.h"
#include "proc/error.h"
#include "proc/open.h"
#include "util/kernel.h"

/* What the scan leaves out of a process charged to @uid for the sake of others of its share; NULL:
 * nothing. */
static const struct scan_wary *wary_of(const struct walker *w, pid_t pid, uid_t uid)
{
        const struct scan_options *options = w->walk->options;
        char share[FAIR_SHARE_NAME_MAX];

        if (options->n_wary == 0)
                return NULL;
        (void)charge_name(pid, uid, share);
        for (size_t i = 0; i < options->n_wary; i++)
                if (strcmp(options->wary[i].share, share) == 0)
                        return &options->wary[i];
        return NULL;
}

int visit_init(struct visit *v, struct walker *w, pid_t pid)
{
        *v = (struct visit){.walker = w, .pid = pid, .pidfd = -EBADF};
        _cleanup_close_ int dir_fd = proc_open_process(w->walk->host->proc_fd, pid);
        if (dir_fd < 0)
                return proc_error_is_gone(dir_fd) ? 0 : dir_fd;
        if (walker_skips(w, pid)) {
                builder_gap(w->builder, GAP_PROCESS_SKIPPED, pid, 0);
                return 0;
        }
        v->uid = charge_process(&w->charges, dir_fd);
        v->wary = wary_of(w, pid, v->uid);
        if (v->wary && v->wary->wholly) {
                builder_gap(w->builder, GAP_PROCESS_SKIPPED, pid, 0);
                return 0;
        }
        builder_charge(w->builder, pid, v->uid);
        v->dir_fd = TAKE_FD(dir_fd);
        return 1;
}

void visit_deinit(struct visit *v)
{
        v->pidfd = fd_close(v->pidfd);
        v->dir_fd = fd_close(v->dir_fd);
}

void visit_refused(struct visit *v, int errnum)
{
        if (v->unreadable)
                return;
        v->unreadable = true;
        builder_coverage(v->walker->builder)->unreadable_processes++;
        builder_gap(v->walker->builder, GAP_PROCESS_UNREADABLE, v->pid, errnum);
}

/* A pidfd of the process leads to the table of its first thread, and to none when that has exited.
 */
int visit_pidfd(struct visit *v, pid_t tid)
{
        char path[64];

        if (v->pidfd >= 0 && v->pidfd_tid == tid)
                return v->pidfd;
        v->pidfd = fd_close(v->pidfd);
        int fd = kernel_pidfd_open(tid, tid == v->pid ? 0 : PIDFD_THREAD);
        if (fd == -EINVAL && tid != v->pid)
                return -ENOTSUP;
        if (fd < 0)
                return fd;
        /* The number may have gone to somebody else since /proc/PID was opened. If that still leads
         * to a living process now, it was the same one all the time. */
        (void)snprintf(path, sizeof(path), "task/%d/stat", (int)tid);
        if (faccessat(v->dir_fd, path, F_OK, 0) < 0) {
                int r = negative_errno();
                fd_close(fd);
                return r;
        }
        v->pidfd_tid = tid;
        return v->pidfd = fd;
}

int visit_getfd(struct visit *v, pid_t tid, int fd, const struct statx *expected)
{
        struct statx stx;

        int pidfd = visit_pidfd(v, tid);
        if (pidfd < 0)
                return pidfd;
        _cleanup_close_ int copy = kernel_pidfd_getfd(pidfd, fd);
        if (copy < 0)
                return copy;
        if (statx(copy, "", AT_EMPTY_PATH | FILE_CLASS_STATX_FLAGS, FILE_CLASS_STATX_MASK, &stx) <
            0)
                return negative_errno();
        if (stx.stx_ino != expected->stx_ino || statx_device(&stx) != statx_device(expected))
                return -ENOENT;
        return TAKE_FD(copy);
}

int visit_emit_refused(struct visit *v, struct holder *h, int r)
{
        if (r == -ENOMEM)
                return r;
        if (proc_error_is_gone(r))
                return 0;
        if (r == -ENOTSUP) {
                builder_gap(v->walker->builder, GAP_THREAD_FDS, v->pid, 0);
                h->reason = "in a thread's own fd table, which Linux gives access to from 6.9 on";
        } else {
                builder_gap(v->walker->builder, GAP_FD_REFUSED, v->pid, r);
                h->reason = proc_error_is_refused(r)
                                    ? "not allowed to look at it"
                                    : "the kernel gave an error when asked about it";
        }
        return builder_emit_unresolved(v->walker->builder, h);
}
