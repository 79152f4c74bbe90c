/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What belongs to one scan of the processes of a host, and all walkers of it share. */

#include <pthread.h>

#include "census/procfs/fd-table-order.h"
#include "census/procfs/host.h"
#include "census/scan-options.h"
#include "census/scan-progress.h"
#include "util/number-list.h"
#include "util/number-set.h"

struct walk {
        struct host *host;
        const struct scan_options *options;
        struct scan_progress *progress; /* never NULL */

        /* The rest begins anew with each walk: a scan may need several. */
        struct number_list pids; /* of all processes, our own first */
        struct kernel_devices devices;
        bool mounts_listed; /* the kernel itself has listed the mounts: mount-list.h */
        struct number_set *mount_namespaces; /* else: those that tasks are in */
        struct number_set *unseen_mntns;     /* and those that an fd or a mount leads to */
        struct number_set *rings;            /* inodes of io_urings that an fd leads to */
        struct number_set *bpf_links;        /* ids of BPF netfilter links that an fd leads to */
        struct number_set *netns;            /* nsfs inodes known to be network namespaces */
        struct number_set *other_nsfs;       /* and to be none */
        pthread_mutex_t large_fd_tables_lock;
        struct fd_table_order large_fd_tables; /* that were gone through */
};

/* @options and @progress are the caller's, who keeps them. 0 or -ENOMEM. */
int walk_init(struct walk *w, struct host *host, const struct scan_options *options,
              struct scan_progress *progress);
void walk_deinit(struct walk *w);

/* Nothing was seen yet; lists the processes. What the walk before had no time for has its turn
 * first. 0 or a negative errno. */
int walk_begin(struct walk *w);
