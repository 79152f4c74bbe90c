/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Looking into one namespace from the daemon. It may wait for locks of the kernel and for foreign
 * sockets, so each look is a job (nsorphand/job.h). It reads a census and nothing else of the
 * daemon's. */

#include <jansson.h>
#include <systemd/sd-event.h>

#include "nsorphand/job.h"
#include "nsorphand/snapshot.h"

struct inspect_result {
        json_t *json;                 /* json_inspection(); NULL when out of memory */
        char *interfaces, *addresses; /* inside_summary(); NULL when it cannot be entered */
};

/* Called once, when the look has ended; the job is freed afterwards. @result is the job's. */
typedef void (*inspect_done_fn)(const struct netns *ns, const struct inspect_result *result,
                                void *userdata);

/* Looks at @ns, one of @snapshot's census, which the job keeps. 0 or a negative errno. */
int inspect_job_start(struct job **ret, sd_event *event, struct snapshot *snapshot,
                      const struct netns *ns, inspect_done_fn done, void *userdata);
