/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* List: the last census together with what the ledger knows. An orphan that the last census neither
 * saw nor proved gone is in the ledger alone. */

#include <jansson.h>

struct varlink_call;

/* The method; @userdata is the service. */
int service_list_method(struct varlink_call *call, json_t *parameters, void *userdata);
