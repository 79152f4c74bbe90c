/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/netns-open.h"

#include "census/holder-open.h"
#include "census/procfs/socket-cache.h"
#include "netns/handle.h"
#include "netns/nsfd.h"
#include "netns/visit-lock.h"
#include "proc/host.h"
#include "proc/open.h"
#include "util/clock.h"
#include "util/kernel.h"

static int open_through(int proc_fd, const struct holder *h, const struct netns_identity *id)
{
        _cleanup_close_ int process_fd =
                h->pid == 0 ? proc_host_open(proc_fd) : proc_open_process(proc_fd, h->pid);
        return process_fd < 0 ? process_fd : holder_open(process_fd, h, id);
}

int netns_open(int proc_fd, const struct netns *ns)
{
        struct nsfd_facts facts;

        for (size_t i = 0; i < ns->n_holders; i++) {
                int fd = open_through(proc_fd, &ns->holders[i], &ns->id);
                if (fd >= 0)
                        return fd;
        }
        _cleanup_close_ int fd = handle_open(ns->id.inode, ns->id.cookie);
        if (fd < 0 || nsfd_ask(fd, &facts) < 0 || facts.inode != ns->id.inode)
                return -ENXIO;
        return TAKE_FD(fd);
}

/* Entering namespaces for their cookies may take so long in one scan: some 50 µs each. */
#define ENTERING_USEC (50 * USEC_PER_SEC / 1000)

/* Before 6.18 an nsfs fd does not tell the cookie; a socket inside does. Without one, a namespace
 * that has the number of a former one would look like that. */
static void complete_cookie(struct netns *ns, struct host *host, int fd, uint64_t *spent_usec)
{
        uint64_t cookie, began = clock_usec(CLOCK_MONOTONIC);

        if (*spent_usec > ENTERING_USEC || !socket_cache_has_cookies(host->sockets))
                return;
        if (nsfd_cookie(fd, &cookie) >= 0)
                ns->id.cookie = cookie;
        *spent_usec += clock_usec(CLOCK_MONOTONIC) - began;
}

static void complete(struct netns *ns, struct host *host, uint64_t *spent_usec)
{
        struct nsfd_facts facts;

        _cleanup_close_ int fd = netns_open(host->proc_fd, ns);
        if (fd < 0 || nsfd_ask(fd, &facts) < 0)
                return;
        if (ns->id.cookie == 0)
                ns->id.cookie = facts.facts.cookie;
        if (ns->id.cookie == 0 && !ns->disputed)
                complete_cookie(ns, host, fd, spent_usec);
        if (facts.facts.has_owner) {
                ns->has_owner = true;
                ns->owner_userns = facts.facts.owner_userns;
                ns->owner_uid = facts.facts.owner_uid;
                ns->charged_uid = facts.facts.charged_uid;
        }
}

void netns_open_complete_owners(struct census *census, struct host *host)
{
        _cleanup_(visit_lock_release) struct visit_lock lock = visit_lock_take();
        uint64_t spent_usec = 0;

        for (size_t i = 0; i < census->n_namespaces; i++) {
                struct netns *ns = &census->namespaces[i];
                if (ns->id.inode && (!ns->has_owner || ns->id.cookie == 0))
                        complete(ns, host, &spent_usec);
        }
}
