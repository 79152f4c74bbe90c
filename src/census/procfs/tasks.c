/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/tasks.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "proc/dents.h"
#include "proc/error.h"
#include "proc/host.h"
#include "proc/link.h"

/* Remembers a task whose links may not be read, with what stands for its namespace. */
static int remember_unproven(struct visit *v, pid_t tid)
{
        struct walker *w = v->walker;
        char path[64];
        struct statx stx;

        (void)snprintf(path, sizeof(path), "task/%d/net/tcp", (int)tid);
        if (statx(v->dir_fd, path, AT_STATX_DONT_SYNC, STATX_INO, &stx) < 0) {
                int r = negative_errno();
                if (!proc_error_is_gone(r) || faccessat(v->dir_fd, "stat", F_OK, 0) == 0)
                        builder_gap(w->builder, GAP_TASK_UNPROVEN, v->pid, r);
                return 0;
        }
        return proof_note(&w->proof, &(struct unproven_task){
                                             .pid = v->pid, .tid = tid, .net_inode = stx.stx_ino});
}

/* A zombie is listed for as long as nobody reaps it, and is in no namespace. Its children were made
 * before it became one, so it counts as vanished once. */
static int note_vanished(struct walker *w, int task_fd, const char *name, pid_t tid)
{
        int r = 1;

        if (w->zombies && faccessat(task_fd, name, F_OK, 0) == 0)
                r = number_set_add(w->zombies, (uint64_t)tid);
        w->n_vanished += r > 0;
        return MIN(r, 0);
}

static int visit_task(struct visit *v, int task_fd, const char *name, pid_t tid)
{
        char path[32], link[64];
        uint64_t inode;

        /* "TID/ns/net", without a printf per thread. */
        char *end = stpcpy(path, name);
        strcpy(end, "/ns/net");
        ssize_t n = readlinkat(task_fd, path, link, sizeof(link));
        if (n < 0) {
                int r = negative_errno();
                if (proc_error_is_refused(r)) {
                        visit_refused(v, r);
                        return remember_unproven(v, tid);
                }
                if (proc_error_is_gone(r))
                        return note_vanished(v->walker, task_fd, name, tid);
                builder_gap(v->walker->builder, GAP_TASK_UNPROVEN, v->pid, r);
                return 0;
        }
        if (proc_link_parse(link, (size_t)n, "net", &inode) < 0)
                return 0;
        struct holder h = HOLDER_OF(v->pid, tid, -1);
        h.kind = HOLDER_TASK;
        /* The first thread is listed first. */
        if (tid == v->pid)
                v->home_inode = inode;
        else if (v->walker->walk->options->strays && inode != v->home_inode)
                h.home_inode = v->home_inode;
        return builder_emit(v->walker->builder, &(struct netns_identity){.inode = inode}, &h);
}

/* No task of it shows: it has vanished, or is hidden. */
static void note_nothing(struct visit *v)
{
        if (!proc_host_hides(v->walker->walk->host->proc_fd, v->pid)) {
                v->walker->n_vanished++;
                return;
        }
        visit_refused(v, ENOENT);
        builder_gap(v->walker->builder, GAP_TASK_UNPROVEN, v->pid, ENOENT);
}

int tasks_visit(struct visit *v)
{
        struct walker *w = v->walker;
        uint64_t tid;
        const char *name;
        int r;

        walker_at(w, v->pid, SCAN_TASKS);
        w->tids.n = 0;
        v->home_inode = 0;
        _cleanup_close_ int task_fd = openat(v->dir_fd, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (task_fd < 0) {
                r = negative_errno();
                if (proc_error_is_gone(r)) {
                        note_nothing(v);
                        return 0;
                }
                visit_refused(v, r);
                return remember_unproven(v, v->pid);
        }
        struct dents d = DENTS_INIT(task_fd, w->dents, DENTS_BUFFER_SIZE);
        while ((r = dents_next(&d, &tid, &name)) > 0) {
                builder_coverage(w->builder)->threads++;
                r = number_list_add(&w->tids, tid);
                if (r < 0)
                        return r;
                r = visit_task(v, task_fd, name, (pid_t)tid);
                if (r < 0)
                        return r;
        }
        /* A process that ends just now lists no threads, without an error. */
        if (proc_error_is_gone(r) || (r == 0 && w->tids.n == 0)) {
                note_nothing(v);
                r = 0;
        }
        return r;
}
