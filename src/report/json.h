/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The census as JSON: the one place where its keys are spelled, for `scan --json` and the Varlink
 * service alike. An absent fact is an absent key; times are microseconds. All return a new
 * reference, or NULL when out of memory. Any thread. */

#include <jansson.h>

#include "census/census.h"
#include "census/compare.h"
#include "report/json-put.h"

/* Version of the object json_census() makes; grows when a key changes its meaning or goes. */
#define JSON_VERSION 2

/* The whole census with host, scan and coverage. */
json_t *json_census(const struct census *c);

/* What two censuses of this host disagree in: {"version", "host", "compared", "explained",
 * "disagreements"}. */
json_t *json_comparison(const struct comparison *c);

/* {"kernel", "bootId"} of this host. */
json_t *json_host(void);

/* {"complete", …, "reasons": [sentences]} */
json_t *json_coverage(const struct census *c);

json_t *json_netns(const struct netns *ns);
json_t *json_holder(const struct holder *h);
json_t *json_holders(const struct holder *holders, size_t n);

/* {"sockets", "sinceUSec", "births", "noted", "refused"} */
json_t *json_trace(const struct census_trace *t);

/* {"startUSec", "durationUSec", "source", "trace", "notBPF"} */
json_t *json_scan(const struct census *c);

/* Sets the keys that name a namespace. 0 or -ENOMEM. */
int json_put_identity(json_t *object, const struct netns_identity *id);
