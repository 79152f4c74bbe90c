/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger/share.h"

void ledger_shares_init(struct fair_shares *t)
{
        *t = (struct fair_shares){.size = sizeof(struct ledger_share), .max = LEDGER_SHARES_MAX};
}

struct ledger_share *ledger_share_get(struct fair_shares *t, const char *name)
{
        return ledger_share_of(fair_share_get(t, name));
}

uint64_t ledger_share_n_held(const struct ledger_share *s)
{
        uint64_t n = 0;

        for (enum ledger_change_kind kind = 0; kind < _LEDGER_CHANGE_MAX; kind++)
                n += s->held[kind];
        return n;
}

uint64_t ledger_share_unkept_news(const struct ledger_share *s, uint64_t grace_usec,
                                  const struct ledger_time *now)
{
        if (s->unkept <= s->unkept_told || now->boottime_usec < s->unkept_since_usec ||
            now->boottime_usec - s->unkept_since_usec < grace_usec)
                return 0;
        return s->unkept;
}

void ledger_shares_note_unkept(struct fair_shares *t, const struct ledger_time *now)
{
        FAIR_SHARE_FOREACH(t, one) {
                struct ledger_share *s = ledger_share_of(one);
                if (s->unkept == 0)
                        s->unkept_since_usec = 0;
                else if (s->unkept_since_usec == 0)
                        s->unkept_since_usec = MAX(now->boottime_usec, UINT64_C(1));
                /* What was told and went may be told again. */
                s->unkept_told = MIN(s->unkept_told, s->unkept);
        }
}

size_t ledger_share_keep_holders(struct ledger_share *s, uint64_t *all, size_t n)
{
        static const struct fair_share_limit limit = {
                .total = LEDGER_HOLDERS_TOTAL,
                .each = LEDGER_HOLDERS_EACH,
        };

        if (n > LEDGER_HOLDERS_LEAST && !fair_share_allows(s->n_holders + n, *all + n, &limit))
                n = LEDGER_HOLDERS_LEAST;
        s->n_holders += n;
        *all += n;
        return n;
}

bool ledger_share_keep_birth(struct ledger_share *s, uint64_t *all)
{
        static const struct fair_share_limit limit = {
                .total = LEDGER_BIRTHS_TOTAL,
                .each = LEDGER_BIRTHS_EACH,
        };

        if (!fair_share_allows(s->n_births, *all, &limit))
                return false;
        s->n_births++;
        (*all)++;
        return true;
}

static bool is_idle(const struct ledger_share *s)
{
        return s->share.taken == 0 && s->unkept == 0 && s->n_waiting == 0 && s->n_in_window == 0 &&
               !s->summary_in_window && ledger_share_n_held(s) == 0;
}

void ledger_shares_prune(struct fair_shares *t)
{
        FAIR_SHARE_FOREACH(t, one)
                if (is_idle(ledger_share_of(one)))
                        fair_share_remove(t, one);
}
