/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Inspect: what is inside one namespace, and what holds it. */

#include <jansson.h>

struct service;
struct varlink_call;

/* The method; @userdata is the service. */
int service_inspect_method(struct varlink_call *call, json_t *parameters, void *userdata);

/* Lets go of the calls that are being inspected for; the threads are left to themselves. */
void service_inspect_free(struct service *s);
