/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Looks into each new orphan once, so that the alert, when it comes, can say which interfaces and
 * addresses live inside. One look at a time; the loop's thread. */

#include <systemd/sd-event.h>

#include "nsorphand/findings.h"

struct notes;

/* 0 or -ENOMEM. @findings outlives it. */
int notes_new(struct notes **ret, sd_event *event, const struct findings *findings);
struct notes *notes_free(struct notes *n);

/* A scan has ended: looks at orphans in the ledger that were not looked at yet, of all shares in
 * turn; of one share no more in a minute than are told of one by one. */
void notes_update(struct notes *n);
