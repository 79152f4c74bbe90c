/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Varlink messages: from bytes to structures and back. One message is a JSON object in UTF-8 with
 * a NUL behind it, which is not among the bytes here. Pure functions. */

#include <jansson.h>
#include <stdbool.h>

#include "varlink/buffer.h"

/* A call as it came in. Release with varlink_message_deinit(). */
struct varlink_message {
        json_t *root;       /* owns what the others point to */
        const char *method; /* in full */
        json_t *parameters; /* always an object */
        bool more;
        bool oneway;
        bool upgrade;
};

/* How much JSON is taken: a small text can make a large tree, which takes its time. */
struct varlink_json_limits {
        unsigned depth;  /* objects and arrays inside each other, the message being the first */
        unsigned values; /* members and elements of all of them together */
};

/* Parses a call. What is not strictly one is wrong: broken UTF-8 or JSON, members that are
 * unknown, there twice or of a wrong type, `more` and `oneway` together, more than @limits allow.
 * 0, -EBADMSG or -ENOMEM; on failure there is nothing to release. */
int varlink_message_parse(struct varlink_message *ret, const char *bytes, size_t n,
                          const struct varlink_json_limits *limits);
void varlink_message_deinit(struct varlink_message *message);

/* Parses a reply, just as strictly. @ret_parameters gets a new reference to an object, @ret_error
 * a new string or NULL. 0, -EBADMSG or -ENOMEM. */
int varlink_message_parse_reply(const char *bytes, size_t n,
                                const struct varlink_json_limits *limits, json_t **ret_parameters,
                                char **ret_error, bool *ret_continues);

/* Appends @object as one message with its NUL to @buffer; on failure the buffer is as before.
 * 0, -EMSGSIZE when it takes more than @max bytes, or -ENOMEM. */
int varlink_message_append(struct varlink_buffer *buffer, json_t *object, size_t max);
