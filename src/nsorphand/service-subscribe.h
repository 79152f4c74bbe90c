/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Subscribe: the entries there are and the ledger's sequence, and then every change with a higher
 * one. */

#include <jansson.h>

#include "ledger/ledger.h"

struct service;
struct varlink_call;

/* The method; @userdata is the service. */
int service_subscribe_method(struct varlink_call *call, json_t *parameters, void *userdata);

/* Sends the changes to all subscribers. */
void service_subscribe_publish(struct service *s, const struct ledger_change *changes, size_t n);

/* Lets go of all subscribers. */
void service_subscribe_free(struct service *s);
