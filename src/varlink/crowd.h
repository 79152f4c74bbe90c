/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* All connections of a server together: what they share, and what each user has of it. For the
 * files of the server only. */

#include <stdbool.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

#include "util/hash.h"
#include "varlink/limits.h"
#include "varlink/turn.h"

struct connection;
struct registry;

/* What one uid has of the server. */
struct crowd_user {
        uid_t uid;
        unsigned n;      /* connections, also those that are closed and not reaped */
        unsigned n_open; /* of them, those that are not closed */
        size_t unsent;   /* bytes, of all of them */
        size_t unparsed; /* the same */
        struct turn_user turn;
        UT_hash_handle hh;
};

struct crowd {
        sd_event *event;
        struct varlink_limits limits;
        const struct registry *registry; /* what can be called */
        struct connection *connections;
        struct connection *closed; /* to be reaped */
        size_t n_open;             /* of them, those that are not closed */
        size_t unsent;             /* bytes, of all connections */
        size_t unparsed;           /* the same */
        struct crowd_user *users;  /* hash table, by uid: those who have a connection */
        struct turns turns;
};

/* Whether one more connection by @uid keeps to the limits. */
bool crowd_has_room(const struct crowd *crowd, uid_t uid);

/* Takes note of a connection by @uid: 0 with the user, or -ENOMEM. */
int crowd_enter(struct crowd *crowd, uid_t uid, struct crowd_user **ret);

/* One of @user's is closed: its slot is free. */
void crowd_release(struct crowd *crowd, struct crowd_user *user);

/* It is reaped; the user may be gone then. */
void crowd_dismiss(struct crowd *crowd, struct crowd_user *user);
