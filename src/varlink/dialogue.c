/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "varlink/dialogue.h"

#include <utlist.h>

#include "varlink/registry.h"

/* Begins the next call. */
static void begin_call(struct connection *c)
{
        _cleanup_(varlink_call_unrefp) struct varlink_call *call = NULL;
        _cleanup_(varlink_message_deinit) struct varlink_message message = {};

        int r = connection_take_message(c, &message);
        if (r == -EBADMSG) {
                connection_refuse(c);
                return;
        }
        /* A caller that is gone gets no reply, so only calls that want none are made. */
        if (r == 0 && c->hung_up && !message.oneway) {
                connection_close(c);
                return;
        }
        if (r == 0)
                r = varlink_call_new(&call, c, &message);
        if (r == 0) {
                connection_set_state(c, CONNECTION_CALLING);
                r = registry_dispatch(c->crowd->registry, call, &message);
        }
        if (r < 0)
                connection_close(c);
        else if (c->state == CONNECTION_CALLING)
                connection_set_state(c, CONNECTION_PENDING);
}

static void stream(struct connection *c)
{
        struct varlink_call *call = c->call;

        int r = call->next(call, call->next_userdata);
        if (r < 0)
                connection_close(c);
        if (call->finished || r > 0)
                varlink_call_unstream(call);
}

static void read_on(struct connection *c)
{
        if (c->n_messages == 0 && !c->eof)
                connection_read(c);
        if (c->state != CONNECTION_READING)
                return;
        if (c->n_messages > 0)
                begin_call(c);
        else if (c->eof)
                connection_refuse(c); /* the end; a message that is half there stays so */
}

void dialogue_step(void *userdata)
{
        struct connection *c = userdata;

        if (connection_has_step(c)) {
                if (c->state == CONNECTION_READING)
                        read_on(c);
                else if (c->state == CONNECTION_PENDING)
                        stream(c);
                else
                        connection_close(c);
        }
        connection_update(c);
}

void dialogue_end(struct connection *c)
{
        struct varlink_call *call = c->call;

        c->call = NULL;
        turns_remove(&c->crowd->turns, &c->turn);
        LL_DELETE2(c->crowd->closed, c, next_closed);
        DL_DELETE(c->crowd->connections, c);
        crowd_dismiss(c->crowd, c->user);
        c->user = NULL;
        if (call) {
                (void)varlink_call_ref(call);
                if (call->gone)
                        call->gone(call, call->gone_userdata);
                if (call->next)
                        varlink_call_unref(call);
                varlink_call_unref(call);
        }
        connection_unref(c);
}
