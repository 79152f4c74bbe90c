/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Finds out whose each namespace is while tasks are in it, for the ledger's history: which
 * container, pod, unit or command. On a thread of its own, for it reads files of processes and of
 * container engines; a batch at a time. The rest is the loop's. */

#include <systemd/sd-event.h>

#include "nsorphand/findings.h"

struct whose;

/* 0 or -ENOMEM. @findings outlives it. */
int whose_new(struct whose **ret, sd_event *event, const struct findings *findings);
struct whose *whose_free(struct whose *w);

/* A scan has ended: looks at what is new. */
void whose_update(struct whose *w);
