/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What `trace` prints: the birth certificates of sockets that keep an orphan alive, each once. */

#include <jansson.h>

#include "census/census.h"
#include "nsorphanctl/options.h"
#include "util/hash.h"

struct trace_report {
        const struct options *options;
        struct traced_socket *sockets; /* of orphans */
        struct traced_netns *orphans;
        uint64_t looks;     /* censuses */
        uint64_t n_told;    /* births */
        uint64_t n_orphans; /* namespaces that were orphaned in two looks */
        uint64_t n_born;    /* of which a birth is known */
        struct birth *last; /* told */
};

void trace_report_deinit(struct trace_report *t);

/* Says that births are noted from now on. 0, -ENOMEM, or -EPIPE when nobody reads it. */
int trace_report_begin(struct trace_report *t, const struct census_trace *trace);

/* Prints what is new in @census: of namespaces that were orphaned in the one before, too, for one
 * that is about to end shows so for a moment. The same. */
int trace_report_look(struct trace_report *t, const struct census *census);

/* What is printed of a socket, and in the end, with --json=. A new reference, or NULL when out of
 * memory. */
json_t *trace_report_json(const struct netns *ns, const struct holder *h);
json_t *trace_report_json_end(const struct trace_report *t, const struct census_trace *trace);

/* Prints what it came to. The same as of a look. */
int trace_report_end(struct trace_report *t, const struct census_trace *trace);
