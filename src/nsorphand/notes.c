/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphand/notes.h"

#include "nsorphand/inspect-job.h"

struct notes {
        sd_event *event;
        const struct findings *findings;
        struct inspect_job *job; /* the look that is under way; NULL for none */
};

static void on_done(const struct netns *ns, const struct inspect_result *result, void *userdata)
{
        struct notes *n = userdata;

        n->job = NULL;
        /* An orphan that can not be entered is noted as well: once tried is enough. Without memory
         * for it, the next scan tries again. */
        if (ledger_note(n->findings->ledger, &ns->id, result->interfaces, result->addresses) >= 0)
                notes_update(n);
}

void notes_update(struct notes *n)
{
        const struct findings *f = n->findings;

        for (size_t i = 0; !n->job && f->last && i < ledger_count(f->ledger); i++) {
                const struct ledger_entry *e = ledger_get(f->ledger, i);
                const struct netns *ns = e->noted || e->ignored || !e->id.inode
                                                 ? NULL
                                                 : census_find(f->last->census, &e->id);

                if (ns && inspect_job_start(&n->job, n->event, f->last, ns, on_done, n) < 0)
                        return;
        }
}

int notes_new(struct notes **ret, sd_event *event, const struct findings *findings)
{
        struct notes *n = calloc(1, sizeof(*n));
        if (!n)
                return -ENOMEM;
        n->event = event;
        n->findings = findings;
        *ret = n;
        return 0;
}

struct notes *notes_free(struct notes *n)
{
        if (n && n->job)
                inspect_job_abandon(n->job);
        free(n);
        return NULL;
}
