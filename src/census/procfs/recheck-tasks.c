/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/recheck-tasks.h"

#include <fcntl.h>
#include <stdalign.h>
#include <stdio.h>

#include "census/procfs/tasks.h"
#include "proc/dents.h"
#include "proc/host.h"
#include "proc/link.h"

/* Few entries at a time, so that hardly any has vanished when its turn comes. */
#define LIST_BUFFER_SIZE 2048
#define REWINDS_MAX      1000
#define ROUNDS_MAX       5

/* Whether all threads of the process were read and none is in a suspect: no more than their links
 * is asked for, since there are many rounds. Which thread cannot be read, why, and what follows
 * from it is for the visit to find out. */
static bool is_elsewhere(struct walker *w, pid_t pid, struct number_set *suspects)
{
        char path[32];
        uint64_t tid, inode;
        const char *name;
        size_t n = 0;
        int r;

        (void)snprintf(path, sizeof(path), "%d/task", (int)pid);
        _cleanup_close_ int task_fd =
                openat(w->walk->host->proc_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        struct dents d = DENTS_INIT(task_fd, w->dents, DENTS_BUFFER_SIZE);
        if (task_fd < 0)
                return false;
        while ((r = dents_next(&d, &tid, &name)) > 0) {
                (void)snprintf(path, sizeof(path), "%s/ns/net", name);
                if (proc_link_inode(task_fd, path, "net", &inode) < 0 ||
                    number_set_has(suspects, inode))
                        return false;
                n++;
        }
        return r == 0 && n > 0;
}

/* 1 when the process was seen, 0 when it or a thread of it had vanished. */
static int recheck_process(struct walker *w, pid_t pid, struct number_set *suspects)
{
        struct visit v;
        /* Also one that had vanished in the first round only: it may have forked before. */
        bool vanished = false;

        if (walker_skips(w, pid))
                return 1;
        walker_at(w, pid, SCAN_RECHECK);
        /* Whose threads are too many to be read is known to the visit only. */
        if (w->walk->options->n_wary == 0 && is_elsewhere(w, pid, suspects))
                return 1;
        int r = visit_init(&v, w, pid);
        if (r <= 0)
                return r;
        for (unsigned round = 0; round < ROUNDS_MAX; round++) {
                w->n_vanished = 0;
                r = tasks_visit(&v);
                if (r < 0 || w->n_vanished == 0)
                        break;
                vanished = true;
        }
        walker_at(w, pid, SCAN_RECHECK);
        visit_deinit(&v);
        return r < 0 ? r : !vanished;
}

/* One ascending pass. 1, 0 when there were too many to go back to, or a negative errno. */
static int recheck_pass(struct walker *w, struct number_set *suspects)
{
        alignas(8) char buffer[LIST_BUFFER_SIZE];
        struct dents d = DENTS_INIT(w->walk->host->proc_fd, buffer, sizeof(buffer));
        int64_t first_vanished = -1;
        unsigned rewinds = 0;
        uint64_t pid;
        const char *name;

        int r = dents_seek(&d, 0);
        if (r < 0)
                return r;
        while ((r = dents_next(&d, &pid, &name)) > 0) {
                if (atomic_load(&w->walk->progress->cancel))
                        return -ECANCELED;
                r = recheck_process(w, (pid_t)pid, suspects);
                if (r < 0)
                        return r;
                if (r == 0 && first_vanished < 0)
                        first_vanished = d.before;
                /* What was listed before the task vanished may lack its children. */
                if (first_vanished >= 0 && dents_is_drained(&d)) {
                        if (++rewinds > REWINDS_MAX)
                                return 0;
                        r = dents_seek(&d, first_vanished);
                        if (r < 0)
                                return r;
                        first_vanished = -1;
                }
        }
        return r < 0 ? r : 1;
}

int recheck_tasks(struct walker *w, struct number_set *suspects)
{
        for (unsigned round = 0; round < ROUNDS_MAX; round++) {
                pid_t before, after;
                int r = proc_host_last_pid(w->walk->host->proc_fd, &before);
                if (r < 0)
                        return r == -ENOENT ? 0 : r; /* procfs with subset=pid: nothing proves it */
                r = recheck_pass(w, suspects);
                if (r <= 0)
                        return r;
                r = proc_host_last_pid(w->walk->host->proc_fd, &after);
                if (r < 0)
                        return r;
                if (after >= before)
                        return 1;
        }
        return 0;
}
