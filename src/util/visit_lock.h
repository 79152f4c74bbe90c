/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Keeping those apart who look into namespaces and those who look who is in them.
 *
 * Whoever opens a namespace, or enters it, is a reference to it for a moment; a scan by another of
 * our processes at just that moment finds the orphan pinned or attached, and the daemon tells the
 * journal that the leak is resolved. So a scan, and a visit outside of one, takes this lock. */

/* Waits for the lock, but no longer than two seconds: whoever holds it may be stuck, and to look in
 * spite of it is better than not to look. An fd, to be closed to give the lock back; or a negative
 * errno without it: -EACCES where we may not have it, -ETIMEDOUT. May be called on any thread, but
 * only once at a time: the lock does not nest. */
int visit_lock(void);
