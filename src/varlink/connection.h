/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One connection of a server, and the call it is at: for the files of the server only.
 *
 * Everything happens in small pieces: an event of the loop writes once, or notes that there is
 * something to read. A step reads once, begins one call or streams one reply, and waits for its
 * turn (turn.h). So no client, whatever it sends, keeps the loop from the others. */

#include <stdint.h>
#include <systemd/sd-event.h>

#include "varlink/buffer.h"
#include "varlink/crowd.h"
#include "varlink/message.h"
#include "varlink/peer.h"

enum connection_state {
        CONNECTION_READING,  /* waits for the next call, or has it in its buffer */
        CONNECTION_CALLING,  /* a method runs right now */
        CONNECTION_PENDING,  /* a method has kept its call: nothing is read until it is answered */
        CONNECTION_DRAINING, /* ends when the peer has read what is unsent */
        CONNECTION_CLOSED,   /* nothing goes in or out; the loop will tell the call and let go */
        _CONNECTION_STATE_MAX,
};

struct connection {
        unsigned n_ref; /* the crowd's list, and each call */
        struct crowd *crowd;
        struct connection *prev, *next; /* the crowd's list */
        struct connection *next_closed; /* the crowd's, of those to be reaped */
        enum connection_state state;
        struct varlink_peer peer;
        struct crowd_user *user; /* the crowd's, of that uid */
        int fd;
        uint32_t events; /* what @io waits for */
        sd_event_source *io;
        struct turn turn;       /* waits when there is a step to make */
        sd_event_source *timer; /* only while a message is half there, or when draining */
        struct varlink_buffer in;
        size_t n_messages; /* whole ones in @in */
        bool readable;     /* there is something to read, which waits for its turn */
        bool behind;       /* it had a turn since that came */
        bool eof;          /* the peer will send nothing more */
        bool hung_up;      /* nor does it read: there is nothing to wait for */
        struct varlink_buffer out;
        struct varlink_call *call; /* the one that is not answered yet; not a reference */
};

struct varlink_call {
        unsigned n_ref;
        struct connection *connection; /* a reference */
        char *method;
        bool more;
        bool oneway;
        bool finished; /* there was a final reply */
        void (*gone)(struct varlink_call *call, void *userdata);
        void *gone_userdata;
        /* The server keeps a reference as long as there is one. */
        int (*next)(struct varlink_call *call, void *userdata);
        void *next_userdata;
        void (*next_release)(void *userdata);
};

/* Makes one of the connected socket @fd by @peer, whom the crowd has let in as @user; all are taken
 * over, also on failure. 0 or a negative errno. */
int connection_new(struct crowd *crowd, int fd, struct varlink_peer *peer, struct crowd_user *user);

/* The crowd's own reference is released by dialogue_end(). */
struct connection *connection_ref(struct connection *c);
struct connection *connection_unref(struct connection *c);

/* The one place where the state changes. */
void connection_set_state(struct connection *c, enum connection_state state);

/* Ends it at once: what is unsent is lost. The call it is at learns of it from the loop. */
void connection_close(struct connection *c);

/* Ends it for a message that is none, or beyond the limits: what was answered before still goes
 * out. */
void connection_refuse(struct connection *c);

/* Reads once what the socket has. */
void connection_read(struct connection *c);

/* Takes the first message out of the buffer. 0, -EBADMSG or -ENOMEM. */
int connection_take_message(struct connection *c, struct varlink_message *ret);

/* Queues one message and sends what the socket takes. 0, or a negative errno after which the
 * connection is closed. */
int connection_send(struct connection *c, json_t *object);

/* To be called when its current call has its final reply. */
void connection_call_finished(struct connection *c);

/* Whether there is something to do that no event of the socket will announce. */
bool connection_has_step(const struct connection *c);

/* Arms the sources for what can happen next. */
void connection_update(struct connection *c);
