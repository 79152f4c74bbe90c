/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Get, and finding the one namespace that the parameters of a call name. */

#include <jansson.h>

struct netns;
struct service;
struct varlink_call;

/* The namespace of the last census that the parameters inode and cookie name; there is a census.
 * 1 with *ret, else the call was answered, or -ENOMEM. */
int service_get_netns(struct service *s, struct varlink_call *call, json_t *parameters,
                      const struct netns **ret);

/* The method; @userdata is the service. */
int service_get_method(struct varlink_call *call, json_t *parameters, void *userdata);
