/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Namespaces that nothing refers to any more, and that the kernel has not torn down yet. One worker
 * of the kernel does that for the whole host, so one that it cannot get done
 * ("unregister_netdevice: waiting for eth0 to become free") keeps all later ones waiting, with
 * their interfaces and memory. */

#include "census/census.h"

/* One that waits for so long is stuck. */
#define TEARDOWN_STUCK_USEC (60 * USEC_PER_SEC)

struct teardown {
        struct netns_identity id; /* its inode number may be another's by now */
        uint64_t since_boot_usec; /* CLOCK_BOOTTIME of the first census that saw it so */
};

struct teardown_watch {
        struct teardown *items; /* sorted by cookie */
        size_t n;
        size_t n_stuck;
        const struct teardown *oldest; /* of those stuck; NULL for none */
        bool known;                    /* the last census was of a source that sees them */
        bool told;                     /* since the last time that none was stuck */
};

void teardown_watch_deinit(struct teardown_watch *w);

/* Holds @census, finished at @now_usec of CLOCK_BOOTTIME, against what is known. 1 with a sentence
 * about the stuck ones in *ret_detail when the first of them is, else 0, or -ENOMEM with nothing
 * changed. A census that does not see them forgets them all. */
int teardown_watch_update(struct teardown_watch *w, const struct census *census, uint64_t now_usec,
                          char **ret_detail);
