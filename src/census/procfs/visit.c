/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "census/procfs/parse.h"
#include "census/procfs/walk.h"

void walker_at(struct walker *w, pid_t pid, enum scan_step step)
{
        atomic_store_explicit(&w->pid, pid, memory_order_relaxed);
        atomic_store_explicit(&w->step, (int)step, memory_order_relaxed);
        scan_progress_at(w->walk->progress, pid, step);
}

bool walker_skips(const struct walker *w, pid_t pid)
{
        const struct scan_options *options = w->walk->options;

        for (size_t i = 0; i < options->n_skip; i++)
                if (options->skip[i] == pid)
                        return true;
        return false;
}

const struct scan_wary *walker_wary(const struct walker *w, pid_t pid, uid_t uid)
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
        char name[16];

        *v = (struct visit){.walker = w, .pid = pid, .pidfd = -EBADF};
        (void)snprintf(name, sizeof(name), "%d", (int)pid);
        _cleanup_close_ int dir_fd =
                openat(w->walk->proc_fd, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (dir_fd < 0) {
                int r = negative_errno();
                return is_gone(r) ? 0 : r;
        }
        if (walker_skips(w, pid)) {
                builder_gap(w->builder, GAP_PROCESS_SKIPPED, pid, 0);
                return 0;
        }
        v->uid = charge_process(&w->charges, dir_fd);
        v->wary = walker_wary(w, pid, v->uid);
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

int ns_link_inode(int dir_fd, const char *path, const char *type, uint64_t *ret)
{
        char link[64];

        ssize_t n = readlinkat(dir_fd, path, link, sizeof(link));
        return n < 0 ? negative_errno() : parse_typed_link(link, (size_t)n, type, ret);
}

void visit_refused(struct visit *v, int errnum)
{
        if (v->unreadable)
                return;
        v->unreadable = true;
        builder_coverage(v->walker->builder)->unreadable_processes++;
        builder_gap(v->walker->builder, GAP_PROCESS_UNREADABLE, v->pid, errnum);
}
