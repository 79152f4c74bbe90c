/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The table itself, for the files of the builder alone. */

#include "census/builder-hooks.h"
#include "census/entry.h"
#include "census/unresolved.h"

struct builder {
        struct entry *entries;
        struct entry *last; /* most sockets are in the namespace of the one before */
        struct coverage coverage;
        struct unresolved unresolved;
        pid_t charged_pid; /* its holders are charged to */
        uid_t charged_uid;
        struct blind_process *blind; /* start_ticks are read by whoever describes processes */
        size_t n_blind, room_blind;
        bool out_of_memory; /* where no error could be returned */
        struct builder_asker asker;
        builder_filter_fn filter;
        void *filter_userdata;
        struct netns_identity *visited;
        size_t n_visited, room_visited;
        struct netns_identity *dying;
        size_t n_dying, room_dying;
};

/* Whether something of ours was seen there. */
bool builder_table_is_visited(const struct builder *b, const struct netns_identity *id);

/* It was. 0 or -ENOMEM. */
int builder_table_note_visited(struct builder *b, const struct netns_identity *id);

/* The entry of exactly this identity; NULL when there is none. */
struct entry *builder_table_find(struct builder *b, const struct netns_identity *id);
/* The same, made where there is none; NULL when out of memory. */
struct entry *builder_table_get(struct builder *b, const struct netns_identity *id);
void builder_table_remove(struct builder *b, struct entry *e);
