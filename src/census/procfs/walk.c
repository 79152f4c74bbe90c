/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/walk.h"

#include <stdalign.h>

#include "census/procfs/budget.h"
#include "census/procfs/socket-cache.h"
#include "proc/dents.h"

#define LIST_BUFFER_SIZE 4096

int walk_init(struct walk *w, struct host *host, const struct scan_options *options,
              struct scan_progress *progress)
{
        *w = (struct walk){
                .host = host,
                .options = options,
                .progress = progress,
                .devices = host->devices,
                .mount_namespaces = number_set_new(),
                .unseen_mntns = number_set_new(),
                .rings = number_set_new(),
                .bpf_links = number_set_new(),
                .netns = number_set_new(),
                .other_nsfs = number_set_new(),
        };
        pthread_mutex_init(&w->large_fd_tables_lock, NULL);
        if (w->mount_namespaces && w->unseen_mntns && w->rings && w->bpf_links && w->netns &&
            w->other_nsfs)
                return 0;
        walk_deinit(w);
        return -ENOMEM;
}

void walk_deinit(struct walk *w)
{
        free(w->pids.numbers);
        number_set_free(w->mount_namespaces);
        number_set_free(w->unseen_mntns);
        number_set_free(w->rings);
        number_set_free(w->bpf_links);
        number_set_free(w->netns);
        number_set_free(w->other_nsfs);
        pthread_mutex_destroy(&w->large_fd_tables_lock);
        fd_table_order_deinit(&w->large_fd_tables);
        *w = (struct walk){};
}

static void reverse(uint64_t *numbers, size_t n)
{
        for (size_t i = 0; i < n / 2; i++) {
                uint64_t other = numbers[n - 1 - i];
                numbers[n - 1 - i] = numbers[i];
                numbers[i] = other;
        }
}

/* The processes that the walk before had no time for have their turn first. */
static void start_at(uint64_t *pids, size_t n, uint64_t first)
{
        size_t i = 0;

        while (i < n && pids[i] < first)
                i++;
        reverse(pids, i);
        reverse(pids + i, n - i);
        reverse(pids, n);
}

/* All processes, our own first. */
static int list_pids(struct walk *w)
{
        alignas(8) char buffer[LIST_BUFFER_SIZE];
        struct dents d = DENTS_INIT(w->host->proc_fd, buffer, sizeof(buffer));
        uint64_t pid, own = (uint64_t)getpid();
        const char *name;

        w->pids.n = 0;
        int r = dents_seek(&d, 0);
        while (r >= 0 && (r = dents_next(&d, &pid, &name)) > 0) {
                r = number_list_add(&w->pids, pid);
                if (r >= 0 && pid == own) {
                        w->pids.numbers[w->pids.n - 1] = w->pids.numbers[0];
                        w->pids.numbers[0] = own;
                }
        }
        pid_t first = budget_first(w->host->budget);
        if (first > 0 && w->pids.n > 1)
                start_at(w->pids.numbers + 1, w->pids.n - 1, (uint64_t)first);
        return r;
}

int walk_begin(struct walk *w)
{
        kernel_devices_refresh(&w->devices, w->host->proc_fd);
        number_set_clear(w->rings);
        number_set_clear(w->bpf_links);
        number_set_clear(w->netns);
        number_set_clear(w->other_nsfs);
        w->large_fd_tables.n = 0;
        socket_cache_forget_idle(w->host->sockets);
        budget_begin(w->host->budget);
        return list_pids(w);
}
