/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "varlink/call.h"

#include <string.h>

#include "varlink/connection.h"
#include "varlink/error.h"

int varlink_call_new(struct varlink_call **ret, struct connection *c,
                     const struct varlink_message *message)
{
        _cleanup_free_ struct varlink_call *call = calloc(1, sizeof(*call));

        if (!call)
                return -ENOMEM;
        call->method = strdup(message->method);
        if (!call->method)
                return -ENOMEM;
        call->n_ref = 1;
        call->connection = connection_ref(c);
        call->more = message->more;
        call->oneway = message->oneway;
        c->call = call;
        *ret = TAKE_PTR(call);
        return 0;
}

struct varlink_call *varlink_call_ref(struct varlink_call *call)
{
        call->n_ref++;
        return call;
}

struct varlink_call *varlink_call_unref(struct varlink_call *call)
{
        if (!call || --call->n_ref > 0)
                return NULL;
        if (call->connection->call == call) {
                /* Nothing is left that can answer. */
                call->connection->call = NULL;
                connection_close(call->connection);
        }
        if (call->next_release)
                call->next_release(call->next_userdata);
        connection_unref(call->connection);
        free(call->method);
        free(call);
        return NULL;
}

const char *varlink_call_method(const struct varlink_call *call)
{
        return call->method;
}

const struct varlink_peer *varlink_call_peer(const struct varlink_call *call)
{
        return &call->connection->peer;
}

bool varlink_call_wants_more(const struct varlink_call *call)
{
        return call->more;
}

bool varlink_call_is_oneway(const struct varlink_call *call)
{
        return call->oneway;
}

bool varlink_call_is_gone(const struct varlink_call *call)
{
        return call->connection->state == CONNECTION_CLOSED;
}

/* Sends one reply; takes over @parameters. */
static int send_reply(struct varlink_call *call, const char *error, json_t *parameters,
                      bool continues)
{
        json_auto_t *owned = parameters;
        json_auto_t *message = json_object();

        if (!message || !parameters)
                return -ENOMEM;
        if (call->finished)
                return -EALREADY;
        if (varlink_call_is_gone(call))
                return -EPIPE;
        if (call->oneway)
                return 0;
        if ((error && json_object_set_new(message, "error", json_string(error)) < 0) ||
            json_object_set(message, "parameters", owned) < 0 ||
            (continues && json_object_set_new(message, "continues", json_true()) < 0))
                return -ENOMEM;
        return connection_send(call->connection, message);
}

static int send_final(struct varlink_call *call, const char *error, json_t *parameters)
{
        int r = send_reply(call, error, parameters, false);
        if (r < 0)
                return r;
        call->finished = true;
        connection_call_finished(call->connection);
        return 0;
}

int varlink_call_reply(struct varlink_call *call, json_t *parameters)
{
        return send_final(call, NULL, parameters);
}

int varlink_call_reply_continues(struct varlink_call *call, json_t *parameters)
{
        if (!call->more) {
                json_decref(parameters);
                return -EPROTO;
        }
        int r = send_reply(call, NULL, parameters, true);
        if (r == 0)
                connection_update(call->connection);
        return r;
}

int varlink_call_error(struct varlink_call *call, const char *name, json_t *parameters)
{
        return send_final(call, name, parameters);
}

int varlink_call_error_invalid_parameter(struct varlink_call *call, const char *parameter)
{
        return varlink_call_error(call, VARLINK_ERROR_INVALID_PARAMETER,
                                  json_pack("{s:s}", "parameter", parameter));
}

int varlink_call_error_permission_denied(struct varlink_call *call)
{
        return varlink_call_error(call, VARLINK_ERROR_PERMISSION_DENIED, json_object());
}

int varlink_call_stream(struct varlink_call *call,
                        int (*next)(struct varlink_call *call, void *userdata), void *userdata,
                        void (*release)(void *userdata))
{
        int r = varlink_call_is_gone(call) ? -EPIPE : call->finished || call->next ? -EALREADY : 0;
        if (r < 0) {
                if (release)
                        release(userdata);
                return r;
        }
        call->next = next;
        call->next_userdata = userdata;
        call->next_release = release;
        varlink_call_ref(call);
        connection_update(call->connection);
        return 0;
}

void varlink_call_unstream(struct varlink_call *call)
{
        call->next = NULL;
        if (call->next_release)
                call->next_release(call->next_userdata);
        call->next_release = NULL;
        varlink_call_unref(call);
}

void varlink_call_on_gone(struct varlink_call *call,
                          void (*gone)(struct varlink_call *call, void *userdata), void *userdata)
{
        call->gone = gone;
        call->gone_userdata = userdata;
}
