/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Leaks that are reported together: those of one kind and share that one process holds, which is
 * the first holder of each. What has no such process, and what has no inode number to be named by,
 * is reported alone. */

#include "ledger/change.h"

struct group_item {
        enum ledger_change_kind kind; /* of the report */
        struct ledger_entry *entry;
        bool changed; /* the last census has changed something of it */
};

struct group_list {
        struct group_item *items;
        size_t n, room;
};

void group_list_deinit(struct group_list *l);

/* Appends. 0 or -ENOMEM. */
int group_list_add(struct group_list *l, const struct group_item *item);

/* Puts together what is reported together: the oldest first. */
void group_list_sort(struct group_list *l);

/* After group_list_sort(): how many, from place @first on, are one group. */
size_t group_list_length(const struct group_list *l, size_t first);

/* The process that holds @e, by its first holder; NULL where @e is reported alone. */
const struct holder *group_holder(const struct ledger_entry *e);

/* Whether both may be reported together. */
bool group_is_one(const struct ledger_entry *a, const struct ledger_entry *b);
