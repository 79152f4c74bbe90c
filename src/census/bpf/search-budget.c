/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/bpf/search-budget.h"

void search_budget_init(struct search_budget *b, uint64_t now_nsec)
{
        *b = (struct search_budget){
                .shares = {.size = sizeof(struct search_share), .max = SEARCH_BUDGET_SHARES},
                .paid_nsec = now_nsec,
        };
}

void search_budget_deinit(struct search_budget *b)
{
        fair_shares_deinit(&b->shares);
}

static void remove_paid(struct search_budget *b)
{
        FAIR_SHARE_FOREACH(&b->shares, s)
                if (s->taken == 0)
                        fair_share_remove(&b->shares, s);
}

/* One that owes less than its part leaves the rest of that to the others. */
void search_budget_begin(struct search_budget *b, uint64_t now_nsec)
{
        uint64_t left = (now_nsec - b->paid_nsec) / SEARCH_BUDGET_PART;

        b->paid_nsec = now_nsec;
        b->round++;
        remove_paid(b);
        while (left > 0 && b->shares.taken > 0) {
                uint64_t each = left / HASH_COUNT(b->shares.shares) + 1;

                FAIR_SHARE_FOREACH(&b->shares, s) {
                        uint64_t paid = MIN(MIN(each, s->taken), left);
                        left -= paid;
                        fair_share_pay(&b->shares, s, paid);
                }
                remove_paid(b);
        }
}

struct search_share *search_budget_ask(struct search_budget *b, const char *name)
{
        struct search_share *s = (struct search_share *)fair_share_get(&b->shares, name);

        if (s && s->round != b->round) {
                s->round = b->round;
                s->is_admitted = s->share.taken < SEARCH_BUDGET_DEBT_NSEC;
        }
        return s;
}

void search_budget_charge(struct search_budget *b, struct search_share *s, uint64_t nsec)
{
        fair_share_charge(&b->shares, &s->share, nsec);
}
