/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphand/notes.h"

#include "ledger/share.h"
#include "nsorphand/inspect-job.h"
#include "util/clock.h"

/* How many orphans of one share are looked at in a minute: as many as are reported one by one. */
#define NOTES_EACH 60

/* More users than these have no share of their own. */
#define NOTES_SHARES_MAX 512

struct notes {
        sd_event *event;
        const struct findings *findings;
        struct job *job;           /* the look that is under way; NULL for none */
        struct fair_shares shares; /* taken: looks in this minute */
        uint64_t minute_usec;      /* CLOCK_BOOTTIME when it began; 0: none has */
};

static void on_done(const struct netns *ns, const struct inspect_result *result, void *userdata)
{
        struct notes *n = userdata;

        n->job = NULL;
        /* An orphan that cannot be entered is noted as well: once tried is enough. Without memory
         * for it, the next scan tries again. */
        if (ledger_note(n->findings->ledger, &ns->id, result->interfaces, result->addresses) >= 0)
                notes_update(n);
}

static void begin_minute(struct notes *n)
{
        uint64_t now = clock_usec(CLOCK_BOOTTIME);

        if (n->minute_usec > 0 && now < n->minute_usec + 60 * USEC_PER_SEC)
                return;
        n->minute_usec = now;
        fair_shares_deinit(&n->shares);
}

/* How often the share of @e was looked at in this minute. */
static uint64_t taken_by(const struct notes *n, const struct ledger_entry *e)
{
        const struct fair_share *s = fair_share_find(&n->shares, e->share->share.name);

        return s ? s->taken : 0;
}

/* The one to be looked at next: of the share that has been looked at least often. */
static const struct ledger_entry *find_next(const struct notes *n, const struct netns **ret)
{
        const struct findings *f = n->findings;
        const struct ledger_entry *next = NULL;
        uint64_t least = NOTES_EACH;

        for (size_t i = 0; i < ledger_count(f->ledger) && least > 0; i++) {
                const struct ledger_entry *e = ledger_get(f->ledger, i);
                uint64_t taken = e->noted || e->ignored || !e->id.inode ? least : taken_by(n, e);
                const struct netns *ns =
                        taken < least ? census_find(f->last->census, &e->id) : NULL;

                if (!ns)
                        continue;
                least = taken;
                next = e;
                *ret = ns;
        }
        return next;
}

void notes_update(struct notes *n)
{
        const struct netns *ns;

        if (n->job || !n->findings->last)
                return;
        begin_minute(n);
        const struct ledger_entry *e = find_next(n, &ns);
        struct fair_share *s = e ? fair_share_get(&n->shares, e->share->share.name) : NULL;
        if (s && inspect_job_start(&n->job, n->event, n->findings->last, ns, on_done, n) >= 0)
                (void)fair_share_take(&n->shares, s, &(struct fair_share_limit){});
}

int notes_new(struct notes **ret, sd_event *event, const struct findings *findings)
{
        struct notes *n = calloc(1, sizeof(*n));
        if (!n)
                return -ENOMEM;
        n->event = event;
        n->findings = findings;
        n->shares =
                (struct fair_shares){.size = sizeof(struct fair_share), .max = NOTES_SHARES_MAX};
        *ret = n;
        return 0;
}

struct notes *notes_free(struct notes *n)
{
        if (n && n->job)
                job_abandon(n->job);
        if (n)
                fair_shares_deinit(&n->shares);
        free(n);
        return NULL;
}
