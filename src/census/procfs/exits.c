/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Tasks that are on their way out and do not get there: do_exit() takes the fd table away from a
 * task before it closes the files in it, and closing one may wait for a server for ever (the flush
 * of a FUSE file, kernel/exit.c). Their files are open, and shown nowhere. */

#include <stdio.h>
#include <string.h>

#include "census/procfs/parse.h"
#include "census/procfs/walk.h"
#include "util/array.h"
#include "util/file.h"
#include "util/kernel.h"

#define STATUS_MAX 65536

/* kthreadd. All kernel threads share its fd table, which is empty. */
#define KERNEL_THREAD 2

/* Whether the task's files are out of sight: 1, 0, or a negative errno. */
static int is_exiting(int proc_fd, pid_t pid, pid_t tid)
{
        _cleanup_free_ char *text = NULL;
        char path[64];
        size_t size;

        (void)snprintf(path, sizeof(path), "%d/task/%d/status", (int)pid, (int)tid);
        int r = file_read_at(proc_fd, path, STATUS_MAX, &text, &size);
        return r < 0 ? r : parse_status_is_exiting(text, size);
}

int exits_note(struct visit *v, pid_t tid)
{
        struct walker *w = v->walker;

        if (tid != KERNEL_THREAD && kernel_kcmp_files(tid, KERNEL_THREAD) == 0)
                return 0;
        int r = is_exiting(w->walk->proc_fd, v->pid, tid);
        if (r <= 0)
                return r == -ENOMEM ? r : 0;
        if (!array_make_room(&w->exiting, w->n_exiting, &w->room_exiting, sizeof(*w->exiting)))
                return -ENOMEM;
        w->exiting[w->n_exiting++] = (struct exiting_task){v->pid, tid};
        return 0;
}

void exits_count(struct walker *w)
{
        for (size_t i = 0; i < w->n_exiting; i++) {
                const struct exiting_task *e = &w->exiting[i];
                if (is_exiting(w->walk->proc_fd, e->pid, e->tid) > 0)
                        builder_gap(w->builder, GAP_EXITING, e->pid, 0);
        }
}
