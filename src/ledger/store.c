/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger/store.h"

#include <string.h>

#include "util/array.h"
#include "util/compare.h"

void ledger_store_reset(struct ledger *l)
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
        pace_deinit(&l->pace);
        teardown_watch_deinit(&l->teardown);
        history_deinit(&l->history);
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

const char *ledger_store_keep_reason(struct ledger *l, char *s)
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

int ledger_store_add(struct ledger *l, struct ledger_entry *e, const char *share)
{
        return add_entry(l, e, share,
                         &(struct fair_share_limit){
                                 .total = LEDGER_ENTRIES_TOTAL,
                                 .each = LEDGER_ENTRIES_EACH,
                                 .granted = LEDGER_ENTRIES_GRANTED,
                         });
}

int ledger_store_load(struct ledger *l, struct ledger_entry *e, const char *share)
{
        return add_entry(l, e, share, &(struct fair_share_limit){});
}

void ledger_store_unhold(struct ledger_entry *e)
{
        if (e->held > 0 && e->share->held[e->held] > 0)
                e->share->held[e->held]--;
        e->held = 0;
        e->collected = false;
}

void ledger_store_release(struct ledger *l, struct ledger_entry *e)
{
        ledger_store_unhold(e);
        fair_share_give_back(&l->shares, &e->share->share);
}

static int entry_compare(const void *a, const void *b)
{
        const struct netns_identity *x = &(*(struct ledger_entry *const *)a)->id;
        const struct netns_identity *y = &(*(struct ledger_entry *const *)b)->id;
        int r = compare_u64(x->inode, y->inode);

        if (r == 0)
                r = compare_u64(x->cookie, y->cookie);
        return r ? r : netns_nameless_compare(&x->nameless, &y->nameless);
}

void ledger_store_sort(struct ledger *l)
{
        if (l->n_entries > 0)
                qsort(l->entries, l->n_entries, sizeof(*l->entries), entry_compare);
}

void ledger_store_settle(struct ledger *l)
{
        uint64_t latest = 0;

        ledger_store_sort(l);
        for (size_t i = 0; i < l->n_entries; i++)
                latest = MAX(latest, l->entries[i]->told_boot_usec);
        /* It is no earlier now: the minute of most is over. */
        for (size_t i = 0; i < l->n_entries; i++) {
                const struct ledger_entry *e = l->entries[i];
                if (e->told && latest - e->told_boot_usec < PACE_USEC)
                        pace_note(&l->pace, e->share->share.name, &e->told_holder,
                                  e->told_boot_usec);
        }
}
