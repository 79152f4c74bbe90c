/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/descent.h"

#include "proc/stat.h"

/* More than pid namespaces and shells stack up; a chain that is longer while we read is no chain.
 */
#define STEPS_MAX 4096

/* A parent that ends while we read gives its children to another, and its number may become
 * somebody else's: what counts is a child that still has this parent when that was looked at. */
#define ATTEMPTS_MAX 8

struct link {
        pid_t pid;
        struct proc_stat stat;
};

static bool read_link(int root_fd, pid_t pid, struct link *ret)
{
        ret->pid = pid;
        return proc_stat_of(root_fd, pid, &ret->stat) >= 0;
}

/* From @l to its parent. False at the end of the chain, or when it has ended. */
static bool climb(int root_fd, struct link *l)
{
        struct link parent, again;

        for (unsigned i = 0; i < ATTEMPTS_MAX; i++) {
                bool there = l->stat.parent > 0 && read_link(root_fd, l->stat.parent, &parent);

                if (!read_link(root_fd, l->pid, &again) ||
                    again.stat.start_ticks != l->stat.start_ticks || again.stat.parent == 0)
                        return false;
                if (there && again.stat.parent == l->stat.parent) {
                        *l = parent;
                        return true;
                }
                *l = again;
        }
        return false;
}

bool descent_is_from(int root_fd, pid_t pid, uint64_t start_ticks, pid_t ancestor)
{
        struct link l;

        if (pid <= 0 || !read_link(root_fd, pid, &l) || l.stat.start_ticks != start_ticks)
                return false;
        for (unsigned i = 0; i < STEPS_MAX; i++) {
                if (l.stat.parent == ancestor)
                        return true;
                if (!climb(root_fd, &l))
                        return false;
        }
        return false;
}
