/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphand/newborn.h"

#include "nsorphand/watch-set.h"
#include "proc/host.h"
#include "proc/open.h"
#include "util/clock.h"

/* A look at the clock costs as much as a look at a thread: not after each. */
#define CLOCK_EVERY 32

/* Numbers are given out in order, around and around. */
static int last_pid(pid_t *ret)
{
        _cleanup_close_ int root = proc_open();
        return root < 0 ? root : proc_host_last_pid(root, ret);
}

int newborn_start(struct newborn *n)
{
        int r = last_pid(&n->newer);

        n->older = n->newer;
        return r;
}

int newborn_look(struct newborn *n, newborn_fn function, void *userdata)
{
        uint64_t end = clock_usec(CLOCK_THREAD_CPUTIME_ID) + NEWBORN_LOOK_USEC;
        pid_t last, first;
        int r = last_pid(&last);

        if (r < 0)
                return r;
        /* After the numbers have started again from the bottom, what is left at the top is passed
         * over: it was looked at once. */
        first = n->older <= last ? n->older + 1 : 1;
        /* The youngest first: of a flood, they are those that are still there. */
        for (pid_t tid = last; tid >= first; tid--) {
                uint64_t netns;
                if ((last - tid) % CLOCK_EVERY == CLOCK_EVERY - 1 &&
                    clock_usec(CLOCK_THREAD_CPUTIME_ID) >= end)
                        break;
                if (watch_set_netns_of(tid, &netns) < 0)
                        continue;
                r = function(tid, netns, userdata);
                if (r < 0)
                        return r;
        }
        n->older = n->newer;
        n->newer = last;
        return n->older != n->newer;
}
