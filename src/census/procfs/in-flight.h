/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Files in flight: SCM_RIGHTS messages that nobody has received yet. Children look at them
 * (look.h), since that may block; here it is said in which queues, and what they find is counted.
 */

#include "census/procfs/walker.h"

/* Has the queues that @w has noted looked into, and the queues that are found in queues. After the
 * walk, by one walker for all. 0, -ENOMEM or -ECANCELED. */
int in_flight_visit(struct walker *w);
