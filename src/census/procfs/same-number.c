/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/same-number.h"

#include "census/procfs/netns-open.h"
#include "netns/nsfd.h"

static bool doubts(const struct netns_identity *id, void *userdata)
{
        const struct host *host = userdata;

        return id->cookie && number_set_has(host->orphans, id->cookie);
}

static uint64_t ask(const struct netns *ns, void *userdata)
{
        struct host *host = userdata;
        /* By the number alone: what cookie belongs to it is the question. */
        struct netns bare = *ns;
        uint64_t cookie;

        bare.id = (struct netns_identity){.inode = ns->id.inode};
        _cleanup_close_ int fd = netns_open(host->proc_fd, &bare);
        return fd >= 0 && nsfd_cookie(fd, &cookie) >= 0 ? cookie : 0;
}

struct builder_asker same_number_asker(struct host *host)
{
        return (struct builder_asker){.doubts = doubts, .ask = ask, .userdata = host};
}
