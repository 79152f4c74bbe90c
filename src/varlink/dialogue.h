/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A connection's calls, one after another: begins them, streams their replies, and lets the last
 * one know when the connection has ended. */

#include "varlink/connection.h"

/* Does the one thing that is to be done now, if there is one: what a connection's turn is for.
 * @userdata is the connection, which may be gone afterwards. */
void dialogue_step(void *userdata);

/* What the loop does with a closed one: tells the call, and takes it off the crowd's lists. */
void dialogue_end(struct connection *c);
