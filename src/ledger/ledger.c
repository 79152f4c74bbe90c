/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger/ledger.h"

#include <string.h>

#include "ledger/ignore.h"
#include "ledger/ledger-private.h"
#include "util/array.h"
#include "util/clock.h"
#include "util/text.h"

static const struct {
        const char *name;
        bool of_netns, journalled;
} change_kinds[_LEDGER_CHANGE_MAX] = {
#define X(symbol, name, of_netns, journalled)                                                      \
        [LEDGER_CHANGE_##symbol] = {name, of_netns, journalled},
        LEDGER_CHANGES(X)
#undef X
};

const char *ledger_change_to_string(enum ledger_change_kind kind)
{
        return kind < _LEDGER_CHANGE_MAX ? change_kinds[kind].name : NULL;
}

int ledger_change_from_string(const char *s)
{
        for (enum ledger_change_kind kind = 0; kind < _LEDGER_CHANGE_MAX; kind++)
                if (strcmp(change_kinds[kind].name, s) == 0)
                        return (int)kind;
        return -EINVAL;
}

bool ledger_change_is_of_netns(enum ledger_change_kind kind)
{
        return change_kinds[kind].of_netns;
}

bool ledger_change_is_journalled(enum ledger_change_kind kind)
{
        return change_kinds[kind].journalled;
}

struct ledger_time ledger_time_now(void)
{
        return (struct ledger_time){clock_usec(CLOCK_REALTIME), clock_usec(CLOCK_BOOTTIME)};
}

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

void ledger_reset(struct ledger *l)
{
        struct ledger_settings settings = l->settings;

        for (size_t i = 0; i < l->n_entries; i++)
                ledger_entry_free(l->entries[i]);
        for (size_t i = 0; i < l->n_retired; i++)
                ledger_entry_free(l->retired[i]);
        for (size_t i = 0; i < l->n_changes; i++)
                free(l->changes[i].detail);
        free(l->entries);
        free(l->retired);
        free(l->changes);
        outbox_deinit(&l->outbox);
        teardown_watch_deinit(&l->teardown);
        fair_shares_deinit(&l->shares);
        for (size_t i = 0; i < l->n_reasons; i++)
                free(l->reasons[i]);
        *l = (struct ledger){
                .settings = settings,
                .outbox.max_per_minute = settings.max_per_minute,
                .outbox.shares = &l->shares,
        };
        ledger_shares_init(&l->shares);
}

struct ledger *ledger_free(struct ledger *l)
{
        if (!l)
                return NULL;
        ledger_reset(l);
        ledger_settings_deinit(&l->settings);
        free(l);
        return NULL;
}

const struct teardown_watch *ledger_teardown(const struct ledger *l)
{
        return &l->teardown;
}

const char *ledger_keep_reason(struct ledger *l, char *s)
{
        for (size_t i = 0; s && i < l->n_reasons; i++)
                if (strcmp(l->reasons[i], s) == 0) {
                        free(s);
                        return l->reasons[i];
                }
        if (s && l->n_reasons < LEDGER_REASONS_MAX)
                return l->reasons[l->n_reasons++] = s;
        free(s);
        return NULL;
}

static int add_entry(struct ledger *l, struct ledger_entry *e, const char *share,
                     const struct fair_share_limit *limit)
{
        struct ledger_share *s = ledger_share_get(&l->shares, share);

        if (!s || !array_make_room(&l->entries, l->n_entries, &l->room_entries, sizeof(e))) {
                ledger_entry_free(e);
                return -ENOMEM;
        }
        if (!fair_share_take(&l->shares, &s->share, limit)) {
                s->unkept++;
                ledger_entry_free(e);
                return 0;
        }
        e->share = s;
        l->entries[l->n_entries++] = e;
        return 1;
}

int ledger_add_entry(struct ledger *l, struct ledger_entry *e, const char *share)
{
        return add_entry(l, e, share,
                         &(struct fair_share_limit){
                                 .total = LEDGER_ENTRIES_TOTAL,
                                 .each = LEDGER_ENTRIES_EACH,
                                 .granted = LEDGER_ENTRIES_GRANTED,
                         });
}

int ledger_load_entry(struct ledger *l, struct ledger_entry *e, const char *share)
{
        return add_entry(l, e, share, &(struct fair_share_limit){});
}

void ledger_unhold(struct ledger_entry *e)
{
        if (e->held > 0 && e->share->held[e->held] > 0)
                e->share->held[e->held]--;
        e->held = 0;
}

void ledger_release_entry(struct ledger *l, struct ledger_entry *e)
{
        ledger_unhold(e);
        fair_share_give_back(&l->shares, &e->share->share);
}

static int compare_u64(uint64_t a, uint64_t b)
{
        return (a > b) - (a < b);
}

static int entry_compare(const void *a, const void *b)
{
        const struct netns_identity *x = &(*(struct ledger_entry *const *)a)->id;
        const struct netns_identity *y = &(*(struct ledger_entry *const *)b)->id;
        int r = compare_u64(x->inode, y->inode);

        if (r == 0)
                r = compare_u64(x->cookie, y->cookie);
        return r ? r : nameless_compare(&x->nameless, &y->nameless);
}

void ledger_sort(struct ledger *l)
{
        if (l->n_entries > 0)
                qsort(l->entries, l->n_entries, sizeof(*l->entries), entry_compare);
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
