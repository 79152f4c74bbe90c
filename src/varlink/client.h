/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A Varlink client for programs that wait: one connection, one call at a time, each step with a
 * time limit. Also fit for a poll loop (varlink_client_fd(), varlink_client_receive_now()).
 * One thread at a time. */

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "util/error.h"
#include "varlink/error.h"

struct varlink_client;

/* One reply. Zero-initialise, release with varlink_client_reply_deinit() (may be repeated). */
struct varlink_reply {
        json_t *parameters; /* an object, never NULL in a reply */
        char *error;        /* full name of the error, NULL for success */
        bool continues;     /* others follow (only after VARLINK_CALL_MORE) */
};

void varlink_client_reply_deinit(struct varlink_reply *reply);

enum varlink_call_flags {
        VARLINK_CALL_MORE = 1 << 0,
        VARLINK_CALL_ONEWAY = 1 << 1, /* no reply comes */
};

/* Longest message a client accepts: a server that sends more has gone mad. */
#define VARLINK_CLIENT_MESSAGE_MAX (64u * 1024 * 1024)

#define VARLINK_CLIENT_TIMEOUT_USEC (30 * UINT64_C(1000000))

/* Connects to the socket file @path. A server whose queue is full is waited for. Negative errno
 * with the sentence on failure: -ENOENT (no such file), -ECONNREFUSED (nobody listens there any
 * more), -EACCES, -ETIMEDOUT, -ENAMETOOLONG, … The timeout of the client is @timeout_usec
 * from here on, UINT64_MAX for none. */
int varlink_client_connect(struct varlink_client **ret, const char *path, uint64_t timeout_usec,
                           struct error *error);

/* Makes a client of a connected socket, which it takes over, also on failure. */
int varlink_client_adopt(struct varlink_client **ret, int fd, uint64_t timeout_usec,
                         struct error *error);

struct varlink_client *varlink_client_free(struct varlink_client *client);
DEFINE_CLEANUP(struct varlink_client *, varlink_client_free);

/* How long each of the functions below may wait, in microseconds; UINT64_MAX: for ever. */
void varlink_client_set_timeout(struct varlink_client *client, uint64_t timeout_usec);

/* Calls @method (in full) and waits for its one reply. @parameters are taken over, also on
 * failure; NULL means none. An error reply of the server is no failure of this function: look at
 * ret->error.
 *
 * 0, or a negative errno with the sentence: -ETIMEDOUT, -ECONNRESET (the server ended the
 * connection), -EBADMSG (it does not speak Varlink), -EBUSY (replies of the last call are still
 * to come), -ENOMEM, … After -ETIMEDOUT, -ECONNRESET and -EBADMSG the client is of no more use. */
int varlink_client_call(struct varlink_client *client, const char *method, json_t *parameters,
                        struct varlink_reply *ret, struct error *error);

/* Sends a call without waiting for replies, which varlink_client_receive() then takes one by one
 * until one has no `continues`. Errors as above. */
int varlink_client_send(struct varlink_client *client, const char *method, json_t *parameters,
                        enum varlink_call_flags flags, struct error *error);

/* Waits for the next reply to the call that was sent. Errors as above; -ENOMSG when no reply is
 * due. */
int varlink_client_receive(struct varlink_client *client, struct varlink_reply *ret,
                           struct error *error);

/* As varlink_client_receive(), without waiting: returns 1 with a reply, 0 when none is there yet.
 * Call it until it returns 0 before polling varlink_client_fd() for POLLIN. */
int varlink_client_receive_now(struct varlink_client *client, struct varlink_reply *ret,
                               struct error *error);

/* For poll(2). Belongs to the client. */
int varlink_client_fd(const struct varlink_client *client);
