/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Long output goes through a pager when stdout is a terminal, as systemctl does it. */

#include <stdbool.h>
#include <sys/types.h>

struct pager {
        pid_t pid; /* 0: none runs */
        bool wanted;
};

/* Starts $SYSTEMD_PAGER, $PAGER, or less, and puts it behind stdout; does nothing when stdout is
 * no terminal, --no-pager was given, or the pager is "cat" or empty. Under sudo and its like only
 * less runs, in its secure mode, so that nobody gets a root shell out of it. Without a pager the
 * output goes straight to the terminal. */
void pager_open(struct pager *pager);

/* Waits until the user has left it, after stdout was closed. Safe to call when none runs. */
void pager_close(struct pager *pager);
