/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What one client, one user and all of them together may cost a server. Every member has a value
 * that is always in force; a test may lower it.
 *
 * For the calls in a client's pipeline there is no number, because they cost nothing: nothing is
 * read from a connection as long as one call from it waits or is not answered, so that no more of
 * them is ever here than one read brings (VARLINK_READ_SIZE). The others wait in the client's
 * socket, and make the client wait when that is full, nobody else. */

#include <stddef.h>
#include <stdint.h>

#include "varlink/message.h"

struct varlink_limits {
        /* Bytes of one incoming message, its NUL not counted. Beyond it the connection ends. */
        size_t message_size;
        /* What its JSON may hold. Beyond it the connection ends. */
        struct varlink_json_limits json;
        /* Connections at one time, beside those below; one more is accepted and closed at once.
         * Together never more than half of RLIMIT_NOFILE at the time the server is made, so that
         * clients cannot take the fds the program itself needs. */
        unsigned connections;
        /* How many more for root alone, which fills them first: nobody else can take them. */
        unsigned connections_root;
        /* The same, for all connections of one uid. */
        unsigned connections_per_uid;
        /* Bytes of replies the client has not read yet, beyond what the socket itself holds.
         * A reply that would go beyond it ends the connection. */
        size_t unsent;
        /* The same, of all connections together. What goes beyond it ends, of the user who has most
         * unsent, the connection that has most: many slow readers cost no more than a few, and
         * no connection that is read is cut. */
        size_t unsent_all;
        /* Bytes that were received and are not parsed yet, most of them halves of messages, of all
         * connections together. The same happens beyond it. */
        size_t unparsed_all;
        /* Microseconds from the first byte of a message to its last one, and for reading what is
         * left when the server ends a connection. Then it is cut. */
        uint64_t message_usec;
};

#define VARLINK_READ_SIZE 16384u

#define VARLINK_LIMITS_DEFAULT                                                                     \
        ((struct varlink_limits){                                                                  \
                .message_size = 1024 * 1024,                                                       \
                .json = {.depth = 64, .values = 16384},                                            \
                .connections = 4096,                                                               \
                .connections_root = 64,                                                            \
                .connections_per_uid = 2048,                                                       \
                .unsent = 8 * 1024 * 1024,                                                         \
                .unsent_all = 16 * 1024 * 1024,                                                    \
                .unparsed_all = 16 * 1024 * 1024,                                                  \
                .message_usec = 30 * 1000000ull,                                                   \
        })
