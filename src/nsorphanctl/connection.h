/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Calls of the daemon. */

#include "nsorphanctl/options.h"
#include "util/error.h"
#include "varlink/client.h"

/* A scan may take its time on a busy host, and its caller wants the result. */
#define REFRESH_TIMEOUT_USEC (10 * 60 * USEC_PER_SEC)

/* Connects to the daemon. 0, or a negative errno with a sentence that says how to start it. */
int connection_open(struct varlink_client **ret, const struct options *options,
                    struct error *error);

/* Sends one call of @method (its last part) and waits for its one reply, whose parameters are
 * given to @ret. An error the daemon answers with becomes a negative errno and a sentence: -ENXIO
 * where there is no such namespace. Takes over @parameters. */
int connection_call(struct varlink_client *client, const char *method, json_t *parameters,
                    json_t **ret, struct error *error);

/* connection_open() and connection_call(). */
int connection_ask(const struct options *options, const char *method, json_t *parameters,
                   json_t **ret, struct error *error);

/* Calls with `more`; @each gets the parameters of every reply (borrowed) until there are no more,
 * or until it returns something else than 0, which is then returned. */
int connection_follow(struct varlink_client *client, const char *method, json_t *parameters,
                      int (*each)(json_t *parameters, void *userdata), void *userdata,
                      struct error *error);
