/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How much of a CPU the search for holders may take over time, and who has taken it.
 *
 * What a search costs is charged to the shares that own the namespaces it was for. All debts
 * together go down by 1 % of the time that passes, each by an equal part. A share is searched for
 * as long as its debt is small: so the first look at what a quiet one has left is immediate,
 * whatever others owe, and all of them together get no more than that 1 % for long. */

#include "util/fair-share.h"

#define SEARCH_BUDGET_PART      100                /* one part of so many of a CPU's time */
#define SEARCH_BUDGET_DEBT_NSEC UINT64_C(50000000) /* one who owes less is searched for */
#define SEARCH_BUDGET_SHARES    32

struct search_share {
        struct fair_share share; /* first; what it has taken are nanoseconds */
        uint64_t round;          /* that is_admitted is of */
        bool is_admitted;
};

struct search_budget {
        struct fair_shares shares;
        uint64_t paid_nsec; /* CLOCK_MONOTONIC, until when debts have gone down */
        uint64_t round;
};

void search_budget_init(struct search_budget *b, uint64_t now_nsec);
void search_budget_deinit(struct search_budget *b);

/* A new round: what has passed since the last one is paid. Pointers to shares end here. */
void search_budget_begin(struct search_budget *b, uint64_t now_nsec);

/* The share called @name, with its is_admitted, which stays the same all through a round. NULL when
 * out of memory. */
struct search_share *search_budget_ask(struct search_budget *b, const char *name);

void search_budget_charge(struct search_budget *b, struct search_share *s, uint64_t nsec);
