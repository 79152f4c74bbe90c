/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/host.h"

#include "census/procfs/budget.h"
#include "census/procfs/lookers.h"
#include "census/procfs/procfs-view.h"
#include "census/procfs/socket-cache.h"
#include "proc/open.h"

static int learn(struct host *h, struct error *error)
{
        h->proc_fd = proc_open();
        if (h->proc_fd < 0)
                return error_set_errno(error, h->proc_fd, "Failed to open /proc");
        int r = procfs_view_check(h->proc_fd, error);
        if (r < 0)
                return r;
        r = kernel_devices_learn(&h->devices);
        return r < 0 ? error_set_errno(error, r, "Failed to learn the devices of the kernel") : 0;
}

int host_init(struct host *h, struct error *error)
{
        *h = (struct host){
                .proc_fd = -EBADF,
                .sockets = socket_cache_new(),
                .lookers = lookers_new(),
                .budget = budget_new(),
                .orphans = number_set_new(),
                .unseen = number_set_new(),
                .named = number_set_new(),
        };
        int r = h->sockets && h->lookers && h->budget && h->orphans && h->unseen && h->named
                        ? learn(h, error)
                        : error_oom(error);
        if (r < 0)
                host_deinit(h);
        return r;
}

void host_deinit(struct host *h)
{
        h->proc_fd = fd_close(h->proc_fd);
        h->sockets = socket_cache_free(h->sockets);
        h->lookers = lookers_free(h->lookers);
        h->budget = budget_free(h->budget);
        h->orphans = number_set_free(h->orphans);
        h->unseen = number_set_free(h->unseen);
        h->named = number_set_free(h->named);
}

enum kernel_word_rule host_rule(struct host *h)
{
        if (h->rule == KERNEL_WORD_UNTRIED)
                h->rule = kernel_word_try();
        return h->rule;
}
