/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/mounts.h"

#include <string.h>

#include "census/procfs/found-mounts.h"
#include "census/procfs/mount-budget.h"
#include "census/procfs/mount-list.h"
#include "census/procfs/mount-tasks.h"
#include "proc/host.h"
#include "proc/link.h"
#include "util/text.h"

struct listing {
        struct walker *walker;
        uint64_t host; /* inode of the host's own mount namespace; 0 */
        struct found_mounts found;
        struct mount_budget budget;
};

static int on_namespace(int mntns_fd, void *userdata)
{
        struct listing *l = userdata;

        return mount_budget_charge(&l->budget, mntns_fd);
}

static int on_ask(void *userdata)
{
        struct listing *l = userdata;

        return mount_budget_ask(&l->budget);
}

static int on_mount(const struct listed_mount *m, void *userdata)
{
        struct listing *l = userdata;
        struct found_mount f = {.kind = HOLDER_NSFS_MOUNT,
                                .mntns = m->mntns,
                                .home = m->mntns == l->host,
                                .device = m->device,
                                .group = m->group,
                                .master = m->master};

        if (m->magic == MOUNT_MAGIC_BPF)
                return found_mounts_add_bpffs(l->walker, m->device);
        if (m->magic != MOUNT_MAGIC_NSFS)
                f.kind = HOLDER_KERNEL_MOUNT;
        else if (proc_link_parse(m->root, strlen(m->root), "net", &f.inode) < 0)
                return 0;
        if (m->point[0] != '\0' && found_mounts_wants_path(&l->found, f.inode)) {
                f.path = text_escape_string(m->point);
                if (!f.path)
                        return -ENOMEM;
        }
        return found_mounts_add(&l->found, &f);
}

int mounts_visit(struct walker *w)
{
        static const struct mount_list_calls calls = {
                .begin = on_namespace, .mount = on_mount, .ask = on_ask};
        struct listing l = {.walker = w, .host = proc_host_mount_namespace(w->walk->host->proc_fd)};

        walker_at(w, 0, SCAN_MOUNTS);
        mount_budget_init(&l.budget, w);
        number_set_clear(w->walk->mount_namespaces);
        number_set_clear(w->walk->unseen_mntns);
        w->walk->devices.n_bpffs = 0;
        int r = mount_list_each(&calls, &l);
        w->walk->mounts_listed = r == 0;
        if (r == -EOPNOTSUPP) {
                found_mounts_clear(&l.found);
                r = mount_tasks_read(w, &l.found, &l.budget);
        }
        if (r >= 0)
                r = found_mounts_find_tasks(&l.found, w);
        if (r >= 0)
                r = found_mounts_emit(&l.found, w->builder);
        found_mounts_clear(&l.found);
        mount_budget_deinit(&l.budget);
        return r;
}
