/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger/ledger.h"

#include <stdio.h>
#include <string.h>

#include "ledger/changes.h"
#include "ledger/ignore.h"
#include "ledger/store.h"
#include "util/text.h"

/* A scan that takes too long most likely does so every time. */
#define OVERRAN_REPEAT_USEC (3600 * USEC_PER_SEC)

int ledger_new(struct ledger **ret, const struct ledger_settings *settings)
{
        struct ledger *l = calloc(1, sizeof(*l));

        if (!l)
                return -ENOMEM;
        if (ledger_settings_copy(&l->settings, settings) < 0) {
                free(l);
                return -ENOMEM;
        }
        ledger_shares_init(&l->shares);
        l->outbox.max_per_minute = settings->max_per_minute;
        l->outbox.shares = &l->shares;
        *ret = l;
        return 0;
}

struct ledger *ledger_free(struct ledger *l)
{
        if (!l)
                return NULL;
        ledger_store_reset(l);
        ledger_settings_deinit(&l->settings);
        free(l);
        return NULL;
}

const struct history *ledger_history(const struct ledger *l)
{
        return &l->history;
}

void ledger_note_history(struct ledger *l, const struct netns_identity *id,
                         struct history_facts *facts)
{
        history_note(&l->history, id, facts);
        l->revision++;
}

const struct teardown_watch *ledger_teardown(const struct ledger *l)
{
        return &l->teardown;
}

int ledger_scan_failed(struct ledger *l, const char *sentence, const struct ledger_time *now)
{
        char *detail;
        int r;

        changes_begin(l);
        if (l->failing)
                return 0;
        detail = strdup(sentence);
        if (!detail)
                return -ENOMEM;
        l->failing = true;
        r = changes_host(l, LEDGER_CHANGE_SCAN_FAILED, detail, now);
        return r < 0 ? r : (int)l->n_changes;
}

int ledger_scan_overran(struct ledger *l, uint64_t duration_usec, uint64_t interval_usec,
                        const char *sentence, const struct ledger_time *now)
{
        char took[TEXT_TIMESPAN_MAX], interval[TEXT_TIMESPAN_MAX], *detail;
        int r;

        changes_begin(l);
        if (l->overran_boot_usec != 0 &&
            now->boottime_usec < l->overran_boot_usec + OVERRAN_REPEAT_USEC)
                return 0;
        if (asprintf(&detail, "a scan took %s, longer than the interval of %s%s%s",
                     text_format_timespan(took, duration_usec),
                     text_format_timespan(interval, interval_usec), sentence ? "; " : "",
                     text_or(sentence, "")) < 0)
                return -ENOMEM;
        l->overran_boot_usec = MAX(now->boottime_usec, UINT64_C(1));
        r = changes_host(l, LEDGER_CHANGE_SCAN_OVERRAN, detail, now);
        return r < 0 ? r : (int)l->n_changes;
}

int ledger_configure(struct ledger *l, const struct ledger_settings *settings,
                     const struct ledger_time *now)
{
        struct ledger_settings copy;
        int r = ledger_settings_copy(&copy, settings);

        changes_begin(l);
        if (r < 0)
                return r;
        ledger_settings_deinit(&l->settings);
        l->settings = copy;
        l->outbox.max_per_minute = settings->max_per_minute;
        for (size_t i = 0; i < l->n_entries; i++) {
                struct ledger_entry *e = l->entries[i];
                bool ignored = ignore_matches(&l->settings, &e->id, e->holders, e->n_holders);
                /* What was kept of a longer list says nothing of the rest: the next census does. */
                if (e->ignored == ignored || e->trimmed)
                        continue;
                e->ignored = ignored;
                r = changes_add(l, LEDGER_CHANGE_UPDATED, e, NULL, now);
                if (r < 0)
                        return r;
        }
        return (int)l->n_changes;
}

const struct ledger_change *ledger_changes(const struct ledger *l, size_t *ret_n)
{
        *ret_n = l->n_changes;
        return l->changes;
}

uint64_t ledger_sequence(const struct ledger *l)
{
        return l->sequence;
}

uint64_t ledger_next_due(const struct ledger *l)
{
        uint64_t due = outbox_summary_due(&l->outbox);

        if (l->collected_boot_usec)
                due = MIN(due, l->collected_boot_usec);

        /* While scans fail, the interval is soon enough for the next try. */
        if (l->failing)
                return UINT64_MAX;
        FAIR_SHARE_FOREACH(&l->shares, one) {
                const struct ledger_share *s = ledger_share_of(one);
                if (s->unkept > s->unkept_told && !s->summary_in_window)
                        due = MIN(due, s->unkept_since_usec +
                                               MIN(l->settings.grace_usec, UINT64_MAX / 2));
        }
        for (size_t i = 0; i < l->n_entries; i++) {
                const struct ledger_entry *e = l->entries[i];
                if (e->state == LEDGER_SUSPECTED && !e->unconfirmed &&
                    l->settings.grace_usec < UINT64_MAX - e->first_seen_boot_usec)
                        due = MIN(due, MAX(e->first_seen_boot_usec + l->settings.grace_usec,
                                           e->last_seen_boot_usec + USEC_PER_SEC));
        }
        return due;
}

size_t ledger_count(const struct ledger *l)
{
        return l->n_entries;
}

const struct ledger_entry *ledger_get(const struct ledger *l, size_t i)
{
        return i < l->n_entries ? l->entries[i] : NULL;
}

size_t ledger_count_state(const struct ledger *l, enum ledger_state state, size_t *ret_ignored)
{
        size_t n = 0, ignored = 0;

        for (size_t i = 0; i < l->n_entries; i++)
                if (l->entries[i]->state == state) {
                        n++;
                        ignored += l->entries[i]->ignored;
                }
        if (ret_ignored)
                *ret_ignored = ignored;
        return n;
}

int ledger_note(struct ledger *l, const struct netns_identity *id, const char *interfaces,
                const char *addresses)
{
        /* Entries are the ledger's own; only callers get them const. */
        struct ledger_entry *e = (struct ledger_entry *)ledger_find(l, id);
        _cleanup_free_ char *i = NULL, *a = NULL;

        if (!e)
                return 0;
        i = interfaces ? strdup(interfaces) : NULL;
        a = addresses ? strdup(addresses) : NULL;
        if ((interfaces && !i) || (addresses && !a))
                return -ENOMEM;
        free(e->interfaces);
        free(e->addresses);
        e->interfaces = text_shorten(TAKE_PTR(i));
        e->addresses = text_shorten(TAKE_PTR(a));
        e->noted = true;
        l->revision++;
        return 0;
}

const struct ledger_entry *ledger_find(const struct ledger *l, const struct netns_identity *id)
{
        for (size_t i = 0; i < l->n_entries; i++)
                if (netns_identity_equal(&l->entries[i]->id, id))
                        return l->entries[i];
        return NULL;
}

int ledger_find_inode(const struct ledger *l, uint64_t inode, const struct ledger_entry **ret)
{
        const struct ledger_entry *found = NULL;

        for (size_t i = 0; i < l->n_entries; i++) {
                if (inode == 0 || l->entries[i]->id.inode != inode)
                        continue;
                if (found)
                        return -ENOTUNIQ;
                found = l->entries[i];
        }
        if (!found)
                return -ENOENT;
        *ret = found;
        return 0;
}

int ledger_find_cookie(const struct ledger *l, uint64_t cookie, const struct ledger_entry **ret)
{
        for (size_t i = 0; i < l->n_entries; i++)
                if (cookie != 0 && l->entries[i]->id.cookie == cookie) {
                        *ret = l->entries[i];
                        return 0;
                }
        return -ENOENT;
}

const struct fair_shares *ledger_shares(const struct ledger *l)
{
        return &l->shares;
}

uint64_t ledger_revision(const struct ledger *l)
{
        return l->revision;
}

const struct outbox *ledger_outbox(const struct ledger *l)
{
        return &l->outbox;
}

void ledger_reports_sent(struct ledger *l, size_t first, size_t n)
{
        if (n == 0)
                return;
        outbox_drop(&l->outbox, first, n);
        l->revision++;
}
