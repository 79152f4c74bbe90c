/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <sched.h>
#include <string.h>

#include "inspect/reach.h"
#include "netns/mark.h"
#include "netns/visit-lock.h"
#include "netns/visitors.h"
#include "nsorphanctl/command.h"
#include "nsorphanctl/fail.h"
#include "nsorphanctl/netns-target.h"
#include "nsorphanctl/verb.h"

static int execute(char **argv)
{
        const char *shell = getenv("SHELL");
        char *const shell_argv[] = {(char *)(shell && *shell ? shell : "/bin/sh"), NULL};

        if (!*argv)
                argv = (char **)shell_argv;
        (void)execvp(argv[0], argv);
        return command_fail(argv[0], errno);
}

int verb_enter(int argc, char **argv, const struct options *options)
{
        _cleanup_(census_freep) struct census *census = NULL;
        const struct netns *ns;
        struct error error = {};
        int r;

        r = netns_target_scan(options, argv[0], &census, &ns, &error);
        if (r < 0)
                return netns_target_fail(r, &error);
        /* Until the command runs. */
        _cleanup_(visit_lock_release) struct visit_lock lock = visit_lock_take();
        _cleanup_close_ int fd = reach_netns(ns, &error);
        if (fd < 0)
                return netns_target_fail(fd, &error);
        /* Whoever looks around in there is not why it lives. Where that cannot be written down,
         * the namespace counts as attached for so long. */
        (void)visitors_add(ns->id.inode, ns->id.cookie);
        if (setns(fd, CLONE_NEWNET) < 0)
                return fail_with(EX_NOPERM, "Failed to enter the namespace: %s", strerror(errno));
        /* The task that is in it now is reference enough. */
        fd = fd_close(fd);
        mark_clear();
        return execute(argv + 1);
}
