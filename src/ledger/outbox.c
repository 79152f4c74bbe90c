/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger/outbox.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "util/array.h"
#include "util/text-file.h"

#define WINDOW_USEC (60 * USEC_PER_SEC)

static bool window_is_over(const struct outbox *o, const struct ledger_time *now)
{
        return o->window_boot_usec == 0 || now->boottime_usec >= o->window_boot_usec + WINDOW_USEC;
}

static void window_begin(struct outbox *o, const struct ledger_time *now)
{
        /* 0 means that there is none, so the first microsecond of a boot must not look like it. */
        o->window_boot_usec = MAX(now->boottime_usec, UINT64_C(1));
        o->n_in_window = 0;
        FAIR_SHARE_FOREACH(o->shares, s) {
                ledger_share_of(s)->n_in_window = 0;
                ledger_share_of(s)->summary_in_window = false;
        }
}

static bool has_room(const struct outbox *o, const struct ledger_share *s)
{
        return fair_share_allows(
                s->n_waiting, o->n,
                &(struct fair_share_limit){.total = OUTBOX_MAX, .granted = OUTBOX_GRANTED});
}

static bool window_allows(const struct outbox *o, const struct ledger_share *s)
{
        return o->max_per_minute == 0 ||
               fair_share_allows(s->n_in_window, o->n_in_window,
                                 &(struct fair_share_limit){
                                         .total = (uint64_t)o->max_per_minute * OUTBOX_SHARES,
                                         .each = o->max_per_minute,
                                         .granted = MAX(o->max_per_minute / OUTBOX_LEAST_PART, 1u),
                                 });
}

bool outbox_admit(struct outbox *o, struct ledger_share *s, const struct ledger_time *now)
{
        if (window_is_over(o, now))
                window_begin(o, now);
        if (!has_room(o, s) || !window_allows(o, s))
                return false;
        s->n_in_window++;
        o->n_in_window++;
        return true;
}

bool outbox_admits_host(const struct outbox *o)
{
        return o->n < OUTBOX_MAX + OUTBOX_ROOM_OF_HOST;
}

/* What the summary calls them, in the order in which it names them, and where it has their number.
 */
static const struct {
        enum ledger_change_kind kind;
        size_t offset;
        const char *one, *many;
} held_names[] = {
        {LEDGER_CHANGE_LEAKED, offsetof(struct report, held_leaked), "new leak", "new leaks"},
        {LEDGER_CHANGE_HOLDER_CHANGED, offsetof(struct report, held_holder_changed),
         "change of holder", "changes of holder"},
        {LEDGER_CHANGE_REMINDER, offsetof(struct report, held_reminder), "reminder", "reminders"},
        {LEDGER_CHANGE_RESOLVED, offsetof(struct report, held_resolved), "resolved leak",
         "resolved leaks"},
};

bool outbox_is_held_kind(unsigned kind)
{
        for (size_t i = 0; i < ARRAY_SIZE(held_names); i++)
                if (held_names[i].kind == kind)
                        return true;
        return false;
}

static void print_held(FILE *f, const struct outbox *o, const struct ledger_share *s)
{
        bool any = false;

        for (size_t i = 0; i < ARRAY_SIZE(held_names); i++) {
                uint64_t n = s->held[held_names[i].kind];
                if (n > 0)
                        (void)fprintf(f, "%s%" PRIu64 " %s", any ? ", " : "", n,
                                      n == 1 ? held_names[i].one : held_names[i].many);
                any |= n > 0;
        }
        if (any)
                (void)fprintf(f, " of %s not reported one by one (MaxPerMinute=%u)", s->share.name,
                              o->max_per_minute);
}

/* The sentence; new string, NULL when out of memory. */
static char *summary_text(const struct outbox *o, const struct ledger_share *s, uint64_t unkept)
{
        struct text_buffer text;
        FILE *f = text_file_open(&text);

        if (!f)
                return NULL;
        print_held(f, o, s);
        if (unkept > 0)
                (void)fprintf(f,
                              "%s%" PRIu64 " orphaned namespaces of %s only counted, beyond "
                              "the %" PRIu64 " that are followed",
                              ledger_share_n_held(s) > 0 ? "; " : "", unkept, s->share.name,
                              s->share.taken);
        return text_file_close(f, &text, NULL);
}

int outbox_summarize(struct outbox *o, struct ledger_share *s, uint64_t unkept,
                     const struct ledger_time *now, struct report **ret)
{
        _cleanup_(report_freep) struct report *r = NULL;

        if (ledger_share_n_held(s) == 0 && unkept == 0)
                return 0;
        if (window_is_over(o, now))
                window_begin(o, now);
        if (s->summary_in_window || !outbox_admits_host(o))
                return 0;
        r = report_new(LEDGER_CHANGE_HELD_BACK, now, 0);
        if (!r)
                return -ENOMEM;
        r->detail = summary_text(o, s, unkept);
        r->share = strdup(s->share.name);
        if (!r->detail || !r->share)
                return -ENOMEM;
        for (size_t i = 0; i < ARRAY_SIZE(held_names); i++)
                *(uint64_t *)(void *)((char *)r + held_names[i].offset) =
                        s->held[held_names[i].kind];
        r->unkept = unkept;
        if (unkept > 0)
                s->unkept_told = unkept;
        s->summary_in_window = true;
        memset(s->held, 0, sizeof(s->held));
        *ret = TAKE_PTR(r);
        return 1;
}

uint64_t outbox_summary_due(const struct outbox *o)
{
        FAIR_SHARE_FOREACH(o->shares, s)
                if (ledger_share_n_held(ledger_share_of(s)) > 0)
                        return o->window_boot_usec + WINDOW_USEC;
        return UINT64_MAX;
}

/* The share of a report, while any of it waits. */
static struct ledger_share *share_of(const struct outbox *o, const struct report *r)
{
        return r->share ? ledger_share_of(fair_share_find(o->shares, r->share)) : NULL;
}

int outbox_add(struct outbox *o, struct report *r)
{
        if (!array_make_room(&o->reports, o->n, &o->room, sizeof(*o->reports))) {
                report_free(r);
                return -ENOMEM;
        }
        struct ledger_share *s = r->share ? ledger_share_get(o->shares, r->share) : NULL;
        if (r->share && !s) {
                report_free(r);
                return -ENOMEM;
        }
        if (s)
                s->n_waiting++;
        o->reports[o->n++] = r;
        return 0;
}

void outbox_drop(struct outbox *o, size_t first, size_t n)
{
        if (n == 0)
                return;
        for (size_t i = 0; i < n; i++) {
                struct ledger_share *s = share_of(o, o->reports[first + i]);
                if (s && s->n_waiting > 0)
                        s->n_waiting--;
                report_free(o->reports[first + i]);
        }
        memmove(o->reports + first, o->reports + first + n,
                (o->n - first - n) * sizeof(*o->reports));
        o->n -= n;
}

void outbox_deinit(struct outbox *o)
{
        for (size_t i = 0; i < o->n; i++)
                report_free(o->reports[i]);
        free(o->reports);
        *o = (struct outbox){};
}
