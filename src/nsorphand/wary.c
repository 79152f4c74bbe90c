/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphand/wary.h"

#include <stdio.h>
#include <string.h>

#include "census/charge.h"
#include "proc/open.h"

void wary_name(struct wary_stuck *s)
{
        struct charge_cache cache = {};

        s->share[0] = '\0';
        if (s->pid <= 0)
                return;
        _cleanup_close_ int root = proc_open();
        _cleanup_close_ int dir = root < 0 ? root : proc_open_process(root, s->pid);
        if (dir >= 0)
                (void)charge_name(s->pid, charge_process(&cache, dir), s->share);
}

/* How many of the share of number @i are stuck, with the same step or another; the first one
 * answers for all: 0 for the others. */
static size_t count_of_share(const struct wary_stuck *stuck, size_t n, size_t i, size_t *ret_maps)
{
        size_t found = 0;

        *ret_maps = 0;
        for (size_t k = 0; k < n; k++) {
                if (strcmp(stuck[k].share, stuck[i].share) != 0)
                        continue;
                if (k < i)
                        return 0;
                found++;
                *ret_maps += stuck[k].step == SCAN_MAPS;
        }
        return found;
}

size_t wary_find(const struct wary_stuck *stuck, size_t n, size_t max, struct scan_wary *ret,
                 bool *ret_no_maps)
{
        size_t n_wary = 0, n_maps;

        *ret_no_maps = n + WARY_RESERVE >= max;
        for (size_t i = 0; i < n; i++) {
                if (!stuck[i].share[0] ||
                    count_of_share(stuck, n, i, &n_maps) < WARY_STUCK_OF_SHARE)
                        continue;
                struct scan_wary *w = &ret[n_wary++];
                /* What gets stuck elsewhere than at a map could do so anywhere. */
                w->wholly = n_maps < WARY_STUCK_OF_SHARE;
                (void)snprintf(w->share, sizeof(w->share), "%s", stuck[i].share);
        }
        return n_wary;
}
