/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* GetStatus: how the daemon is, and what its last scan brought. */

#include <jansson.h>

struct varlink_call;

/* The method; @userdata is the service. */
int service_status_method(struct varlink_call *call, json_t *parameters, void *userdata);
