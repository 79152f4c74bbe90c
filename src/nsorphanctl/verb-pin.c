/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/netns-pin.h"
#include "inspect/reach.h"
#include "netns/visit-lock.h"
#include "nsorphanctl/netns-target.h"
#include "nsorphanctl/verb.h"

int verb_pin(int argc, char **argv, const struct options *options)
{
        _cleanup_(census_freep) struct census *census = NULL;
        char shown[NETNS_NAME_MAX];
        const struct netns *ns;
        struct error error = {};
        int r;

        /* Before the scan: a name that is refused needs none. */
        r = netns_pin_check_name(argv[1], &error);
        if (r >= 0)
                r = netns_target_scan(options, argv[0], &census, &ns, &error);
        if (r < 0)
                return netns_target_fail(r, &error);
        _cleanup_(visit_lock_release) struct visit_lock lock = visit_lock_take();
        _cleanup_close_ int fd = reach_netns(ns, &error);
        if (fd < 0)
                return netns_target_fail(fd, &error);
        r = netns_pin(fd, NETNS_RUN_DIRECTORY, argv[1], &error);
        if (r < 0)
                return netns_target_fail(r, &error);
        if (!options->no_legend)
                printf("%s is now %s/%s; it stays until: ip netns del %s\n",
                       netns_identity_format(&ns->id, shown), NETNS_RUN_DIRECTORY, argv[1],
                       argv[1]);
        return EXIT_SUCCESS;
}
