/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/netns_open.h"

#include <fcntl.h>
#include <stdio.h>

#include "census/holder-open.h"
#include "netns/handle.h"
#include "netns/nsfd.h"
#include "util/kernel.h"

static int open_through(struct walk *walk, const struct holder *h, const struct netns_identity *id)
{
        char name[16];

        (void)snprintf(name, sizeof(name), "%d", (int)h->pid);
        _cleanup_close_ int process_fd =
                openat(walk->proc_fd, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
        return process_fd < 0 ? negative_errno() : holder_open(process_fd, h, id);
}

int netns_open(struct walk *walk, const struct netns *ns)
{
        struct nsfd_facts facts;

        for (size_t i = 0; i < ns->n_holders; i++) {
                int fd = open_through(walk, &ns->holders[i], &ns->id);
                if (fd >= 0)
                        return fd;
        }
        _cleanup_close_ int fd = handle_open(ns->id.inode, ns->id.cookie);
        if (fd < 0 || nsfd_ask(fd, &facts) < 0 || facts.inode != ns->id.inode)
                return -ENXIO;
        return TAKE_FD(fd);
}

static void complete(struct netns *ns, struct walk *walk)
{
        struct nsfd_facts facts;

        _cleanup_close_ int fd = netns_open(walk, ns);
        if (fd < 0 || nsfd_ask(fd, &facts) < 0)
                return;
        if (ns->id.cookie == 0)
                ns->id.cookie = facts.facts.cookie;
        if (facts.facts.has_owner) {
                ns->has_owner = true;
                ns->owner_userns = facts.facts.owner_userns;
                ns->owner_uid = facts.facts.owner_uid;
                ns->charged_uid = facts.facts.charged_uid;
        }
}

void census_complete_owners(struct census *census, struct walk *walk)
{
        for (size_t i = 0; i < census->n_namespaces; i++) {
                struct netns *ns = &census->namespaces[i];
                if (ns->id.inode && (!ns->has_owner || ns->id.cookie == 0))
                        complete(ns, walk);
        }
}
