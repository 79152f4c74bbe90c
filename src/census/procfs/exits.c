/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/exits.h"

#include <fcntl.h>
#include <stdio.h>

#include "proc/status.h"
#include "util/array.h"
#include "util/kernel.h"

/* kthreadd. All kernel threads share its fd table, which is empty. */
#define KERNEL_THREAD 2

/* Whether the task's files are out of sight: 1, 0, or a negative errno. */
static int is_exiting(int proc_fd, pid_t pid, pid_t tid)
{
        struct proc_status status;
        char path[48];

        (void)snprintf(path, sizeof(path), "%d/task/%d", (int)pid, (int)tid);
        _cleanup_close_ int dir_fd = openat(proc_fd, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (dir_fd < 0)
                return negative_errno();
        int r = proc_status_read(dir_fd, &status);
        return r < 0 ? r : proc_status_is_exiting(&status);
}

void exits_deinit(struct exits *e)
{
        free(e->tasks);
        *e = (struct exits){};
}

int exits_note(struct exits *e, int proc_fd, pid_t pid, pid_t tid)
{
        if (tid != KERNEL_THREAD && kernel_kcmp_files(tid, KERNEL_THREAD) == 0)
                return 0;
        int r = is_exiting(proc_fd, pid, tid);
        if (r <= 0)
                return r == -ENOMEM ? r : 0;
        if (!array_make_room(&e->tasks, e->n, &e->room, sizeof(*e->tasks)))
                return -ENOMEM;
        e->tasks[e->n++] = (struct exiting_task){pid, tid};
        return 0;
}

void exits_count(const struct exits *e, int proc_fd, struct builder *b)
{
        for (size_t i = 0; i < e->n; i++)
                if (is_exiting(proc_fd, e->tasks[i].pid, e->tasks[i].tid) > 0)
                        builder_gap(b, GAP_EXITING, e->tasks[i].pid, 0);
}
