/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* GetMetrics, and io.systemd.Metrics on a socket of its own where systemd looks for it. */

#include <jansson.h>

#include "util/error.h"
#include "varlink/server.h"

struct service;

/* Those of io.systemd.Metrics. */
extern const struct varlink_method service_metrics_methods[];

/* The method of our own interface; @userdata is the service. */
int service_metrics_method(struct varlink_call *call, json_t *parameters, void *userdata);

/* Listens at @path, if it has a directory: systemd makes it where it collects reports. NULL:
 * nowhere. 0 or a negative errno with the sentence. */
int service_metrics_listen(struct service *s, const char *path, struct error *error);
