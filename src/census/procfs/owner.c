/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/owner.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "census/procfs/nsfd.h"

/* Opens the namespace through one of its holders; the caller closes it at once. */
static int open_through(struct walk *walk, const struct holder *h)
{
        char path[64];

        /* A mount's path may lead through file systems that hang: only the links are followed. */
        if (h->kind == HOLDER_TASK)
                (void)snprintf(path, sizeof(path), "%d/task/%d/ns/net", (int)h->pid, (int)h->tid);
        else
                return -ENXIO;
        int fd = openat(walk->proc_fd, path, O_RDONLY | O_CLOEXEC);
        return fd < 0 ? negative_errno() : fd;
}

static void complete(struct netns *ns, struct walk *walk)
{
        for (size_t i = 0; i < ns->n_holders; i++) {
                struct nsfd_facts facts;
                _cleanup_close_ int fd = open_through(walk, &ns->holders[i]);
                if (fd < 0 || nsfd_ask(fd, &facts) < 0 || facts.inode != ns->id.inode)
                        continue;
                if (ns->id.cookie == 0)
                        ns->id.cookie = facts.cookie;
                if (facts.has_owner) {
                        ns->has_owner = true;
                        ns->owner_userns = facts.owner_userns;
                        ns->owner_uid = facts.owner_uid;
                }
                return;
        }
}

void census_complete_owners(struct census *census, struct walk *walk)
{
        for (size_t i = 0; i < census->n_namespaces; i++) {
                struct netns *ns = &census->namespaces[i];
                if (!ns->has_owner || ns->id.cookie == 0)
                        complete(ns, walk);
        }
}
