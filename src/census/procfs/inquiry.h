/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Asks inside every known namespace whose a socket or file is: its socket tables (sock_diag), and
 * the files below /proc/thread-self/net, whose inode numbers each namespace has for itself. */

#include "census/builder.h"
#include "census/procfs/questions.h"
#include "census/procfs/walk.h"

struct inquiry {
        struct walk *walk;
        struct questions questions;
        unsigned rounds;
        bool unasked;     /* in the last round, a namespace was not asked */
        bool out_of_time; /* nor will there be time for it */
        struct netns **known;
        size_t n_known, room_known;
        const struct netns *at; /* being asked */
        uint64_t began_usec;    /* the round, CLOCK_MONOTONIC */
};

void inquiry_init(struct inquiry *in, struct walk *walk);
void inquiry_deinit(struct inquiry *in);

/* One round: asks all namespaces in @known, which is judged. 0, or a negative errno. */
int inquiry_ask(struct inquiry *in, struct builder *known);
