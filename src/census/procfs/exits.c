/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/exits.h"

#include <stdio.h>

#include "census/procfs/parse.h"
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
