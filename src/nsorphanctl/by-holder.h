/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Namespaces by the process that holds them: one that leaks by the dozen is one line. */

#include <jansson.h>
#include <stdio.h>

#include "nsorphanctl/options.h"
#include "nsorphanctl/view.h"

/* A process that holds namespaces. Points into the list it was made from. */
struct by_holder_entry {
        const struct holder *holder; /* one of them; pid 0: no process that could be seen */
        size_t n_namespaces;
        uint64_t since_usec; /* of the one that is orphaned longest; 0 not known */
        char *through;       /* "socket netlink/route, tun" */
};

struct by_holder {
        struct by_holder_entry *entries; /* who holds most stands first */
        size_t n;
};

/* A namespace that several processes hold counts for each. 0 or -ENOMEM, with *ret then empty. */
int by_holder_group(const struct view_list *list, struct by_holder *ret);
void by_holder_deinit(struct by_holder *b);

/* A table. 0 or -ENOMEM. */
int by_holder_print(const struct by_holder *b, const struct options *options);

/* An array of {"pid", "comm", "unit", "namespaces", "sinceUSec", "through"}. New reference, NULL
 * when out of memory. */
json_t *by_holder_json(const struct by_holder *b);

/* A line about each of the first processes that have a hand in so many that it says more than the
 * list: "system-probe (pid 704) holds 70 of them." */
void by_holder_print_many(FILE *f, const struct by_holder *b);
