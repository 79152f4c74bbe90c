/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The verdicts on all that a builder has. */

#include "census/builder.h"

/* Brings together what names the same namespace, and gives the verdicts. Tasks and nsfs references
 * are known by inode number; where namespaces of two cookies were seen with one, the asker is
 * asked whose it is now: the other one is gone. Where that cannot be determined, the tasks and
 * references count for both, which are `disputed` then: better a late orphan than a false one. May
 * be called again after more holders were emitted. 0 or -ENOMEM. */
int builder_judge(struct builder *b);
