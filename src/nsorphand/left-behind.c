/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphand/left-behind.h"

#include <stdio.h>
#include <string.h>

#include "proc/comm.h"
#include "proc/open.h"
#include "util/clock.h"
#include "util/log.h"

const char *left_behind_name(pid_t pid, char buffer[static LEFT_BEHIND_NAME_MAX])
{
        _cleanup_free_ char *shown = NULL;

        if (pid <= 0)
                return strcpy(buffer, "some process");
        _cleanup_close_ int root = proc_open();
        _cleanup_close_ int dir = root < 0 ? root : proc_open_process(root, pid);
        if (dir >= 0)
                (void)proc_comm_read(dir, &shown);
        (void)snprintf(buffer, LEFT_BEHIND_NAME_MAX, shown ? "process %d (%s)" : "process %d", pid,
                       shown);
        return buffer;
}

static void update_processes(struct left_behind *l)
{
        l->n_processes = 0;
        for (size_t i = 0; i < l->n_scans; i++)
                if (l->scans[i].process.pid > 0)
                        l->processes[l->n_processes++] = l->scans[i].process;
}

static void scan_deinit(struct left_behind_scan *scan)
{
        /* First the watch: the worker's thread may close what is watched at any time. */
        sd_event_source_disable_unref(scan->source);
        worker_free(scan->worker);
}

/* The kernel has let go of a thread: its process is scanned again. */
static int on_return(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
        struct left_behind *l = userdata;
        char name[LEFT_BEHIND_NAME_MAX];

        for (size_t i = 0; i < l->n_scans; i++) {
                struct left_behind_scan *scan = &l->scans[i];
                if (scan->source != source)
                        continue;
                log_notice("The scan that was stuck %s %s has come back; nothing is left out for "
                           "its sake any more",
                           scan_progress_step_text(scan->process.step),
                           left_behind_name(scan->process.pid, name));
                scan_deinit(scan);
                *scan = l->scans[--l->n_scans];
                update_processes(l);
                break;
        }
        return 0;
}

void left_behind_add(struct left_behind *l, sd_event *event, struct worker *worker, pid_t pid,
                     enum scan_step step)
{
        struct left_behind_scan *scan = &l->scans[l->n_scans++];
        struct wary_stuck stuck = {.pid = pid};

        *scan = (struct left_behind_scan){
                .worker = worker,
                .process = {pid, step, clock_usec(CLOCK_REALTIME)},
        };
        wary_name(&stuck);
        memcpy(scan->share, stuck.share, sizeof(scan->share));
        worker_give_up(worker);
        /* Without it the process stays left out until the daemon starts anew. */
        int r = sd_event_add_io(event, &scan->source, worker_fd(worker), EPOLLIN, on_return, l);
        if (r < 0)
                log_warning("Failed to watch for the return of the stuck scan: %s", strerror(-r));
        update_processes(l);
}

void left_behind_apply(const struct left_behind *l, struct left_behind_options *memory,
                       struct scan_options *options)
{
        struct wary_stuck stuck[LEFT_BEHIND_MAX];

        for (size_t i = 0; i < l->n_scans; i++) {
                stuck[i].pid = l->scans[i].process.pid;
                stuck[i].step = l->scans[i].process.step;
                memcpy(stuck[i].share, l->scans[i].share, sizeof(stuck[i].share));
        }
        options->wary = memory->wary;
        options->n_wary =
                wary_find(stuck, l->n_scans, LEFT_BEHIND_MAX, memory->wary, &options->no_maps);
        for (size_t i = 0; i < l->n_processes; i++)
                memory->skip[i] = l->processes[i].pid;
        options->skip = memory->skip;
        options->n_skip = l->n_processes;
        /* What a scan is stuck with may be a duplicate in our own fd table. */
        if (l->n_scans > 0)
                memory->skip[options->n_skip++] = getpid();
}

void left_behind_deinit(struct left_behind *l)
{
        for (size_t i = 0; i < l->n_scans; i++)
                scan_deinit(&l->scans[i]);
        *l = (struct left_behind){};
}
