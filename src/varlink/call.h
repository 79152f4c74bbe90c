/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One call a server has received, from the moment its method runs to the final reply.
 *
 * A method answers with any number of varlink_call_reply_continues() (only if the caller asked
 * for `more`) and then exactly one varlink_call_reply() or varlink_call_error(). It may do all that
 * later: then it takes a reference. When the last reference goes without a final reply the
 * connection ends, so that no client waits for ever.
 *
 * All functions that send take over the reference to their json_t, also on failure, and return
 * -ENOMEM for NULL, so that what json_pack() made can be handed on without a look. They only
 * queue: the loop sends. To a `oneway` call nothing is sent, and that is a success.
 *
 * Errors of all that send: -EPIPE (the peer is gone, or was cut off for reading too slowly),
 * -ENOMEM, -EALREADY (there was a final reply). No on_gone function is ever called from inside of
 * one of these functions: it is safe to walk a list of subscribers with them. */

#include <jansson.h>
#include <stdbool.h>

#include "util/macro.h"
#include "varlink/peer.h"

struct varlink_call;

struct varlink_call *varlink_call_ref(struct varlink_call *call);

/* Accepts NULL, returns NULL. */
struct varlink_call *varlink_call_unref(struct varlink_call *call);
DEFINE_CLEANUP(struct varlink_call *, varlink_call_unref);

/* The full name: "io.nsorphan.Scanner.List". As long as the call. */
const char *varlink_call_method(const struct varlink_call *call);

/* The caller. As long as the call. */
const struct varlink_peer *varlink_call_peer(const struct varlink_call *call);

/* Whether the caller takes more than one reply. */
bool varlink_call_wants_more(const struct varlink_call *call);

/* Whether the caller wants no reply at all. */
bool varlink_call_is_oneway(const struct varlink_call *call);

/* The final reply. json_object() for one without parameters. */
int varlink_call_reply(struct varlink_call *call, json_t *parameters);

/* A reply that others follow. -EPROTO when the caller did not ask for `more`. */
int varlink_call_reply_continues(struct varlink_call *call, json_t *parameters);

/* The final reply as an error, @name in full: "io.nsorphan.Scanner.NoSuchNamespace". */
int varlink_call_error(struct varlink_call *call, const char *name, json_t *parameters);

/* org.varlink.service.InvalidParameter, for a value that is of the right type and yet wrong. */
int varlink_call_error_invalid_parameter(struct varlink_call *call, const char *parameter);

/* org.varlink.service.PermissionDenied. */
int varlink_call_error_permission_denied(struct varlink_call *call);

/* Answers one reply at a time, as fast as the peer reads, for methods that have much to tell:
 * @next is called from the loop, again and again, while little is unsent, until there is a final
 * reply. It sends at least one reply each time and returns 0; 1 when the stream is over and the
 * call goes on without it; or a negative errno, which ends the connection. The server keeps a
 * reference to the call as long as that goes on. @release (may be NULL) is called with @userdata
 * once, when it is over for whatever reason. 0, -EALREADY or -EPIPE; on failure @release has been
 * called. */
int varlink_call_stream(struct varlink_call *call,
                        int (*next)(struct varlink_call *call, void *userdata), void *userdata,
                        void (*release)(void *userdata));

/* Has @gone called from the loop, once, if the peer goes before the final reply; a second one
 * replaces the first, NULL is none. It is the place to release a kept reference. */
void varlink_call_on_gone(struct varlink_call *call,
                          void (*gone)(struct varlink_call *call, void *userdata), void *userdata);

/* Whether nothing will reach the peer any more. */
bool varlink_call_is_gone(const struct varlink_call *call);

/* For the files of the server: a call of @c, which is the connection's current one; and the end of
 * varlink_call_stream(), which releases what it had, and the reference. */
struct connection;
struct varlink_message;
int varlink_call_new(struct varlink_call **ret, struct connection *c,
                     const struct varlink_message *message);
void varlink_call_unstream(struct varlink_call *call);
