/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/explain-stray.h"

#include <inttypes.h>

#include "inspect/process-open.h"
#include "proc/link.h"
#include "report/holder-text.h"

/* The namespace that the process of @h itself is in, when that is another one; 0. */
static uint64_t home_of(const struct netns *ns, const struct holder *h)
{
        uint64_t inode;

        if (h->kind != HOLDER_TASK || h->tid == h->pid || !h->process)
                return 0;
        _cleanup_close_ int dir = process_open_dir(h->process);
        /* One whose first thread has ended lives where the others are. */
        if (dir < 0 || proc_link_inode(dir, "ns/net", "net", &inode) < 0)
                return 0;
        return inode == ns->id.inode ? 0 : inode;
}

void explain_stray_print(FILE *f, const struct inspection *i)
{
        const struct netns *ns = i->netns;
        unsigned n = 0;

        for (size_t k = 0; k < ns->n_holders && n < EXPLAIN_LIST_MAX; k++) {
                const struct holder *h = &ns->holders[k];
                uint64_t home = home_of(ns, h);

                if (home == 0)
                        continue;
                n++;
                fprintf(f, "In it is thread %d of ", (int)h->tid);
                holder_text_print_process(f, h);
                fprintf(f, ", which itself is in net:[%" PRIu64 "]: a stray thread.\n", home);
        }
}

void explain_stray_print_cause(FILE *f, const struct explain *e)
{
        const struct netns *ns = e->inspection->netns;
        uint64_t n_stray = 0;

        for (size_t k = 0; k < ns->n_holders; k++)
                n_stray += home_of(ns, &ns->holders[k]) != 0;
        /* One of those that are not listed may be at home. */
        if (n_stray == 0 || n_stray < ns->count[HOLDER_TASK])
                return;
        explain_text_heading(f, e, "Likely cause");
        fputs("  Stray thread: it made or entered the namespace and has not come back; what its process "
              "does on it happens in there.\n"
              "    Come back before the thread does anything else, or end it there (in Go: lock the "
              "goroutine to its thread, runtime.LockOSThread).\n",
              f);
}
