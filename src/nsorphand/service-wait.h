/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Calls of the service that wait for a scan to end. */

#include <jansson.h>
#include <stdint.h>

struct service;
struct varlink_call;

/* Runs @run, with the service as @userdata, when the scan numbered @scan, or one after it, has
 * ended well; answers ScanFailed when it has not. 0: the next to end will do. 0, or -ENOMEM. */
int service_wait(struct service *s, struct varlink_call *call, json_t *parameters, uint64_t scan,
                 int (*run)(struct varlink_call *call, json_t *parameters, void *userdata));

/* Answers those that wait for scan number @scan; @failure is NULL or why it failed. */
void service_wait_ended(struct service *s, uint64_t scan, const char *failure);

/* Lets go of all calls, unanswered. */
void service_wait_free(struct service *s);
