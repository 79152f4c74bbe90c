/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Keeping those of us apart who look into namespaces and those who ask the kernel whether anything
 * leads to one.
 *
 * Whoever opens a namespace, or enters it, is a reference to it for a moment. In a walk over
 * processes that reference is known for ours (netns/mark.h); in the kernel's answer
 * (procfs/kernel-word.h) it is not. So each look holds this lock with others who look, and who
 * asks, alone. */

#include "util/macro.h"

/* For so long it is waited for. */
#define VISIT_LOCK_USEC (2 * USEC_PER_SEC)

/* To look: waits no longer than that, for whoever asks may have been stopped, and to look in
 * spite of it is better than not to look (what the kernel answers then counts only when it is
 * answered twice). An fd, to be closed when nothing of the namespace is held any more; or a
 * negative errno without it: -EACCES where we may not have it, -ETIMEDOUT. On any thread; may be
 * held several times. */
int visit_lock(void);

/* To ask: waits a fifth of a second. As above; without it nobody may be alone. */
int visit_lock_alone(void);
