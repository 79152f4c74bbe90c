/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Holders whose namespace is not readable: does a known namespace have the socket, or none? */

#include "census/procfs/walk.h"

/* Turns unresolved holders into holders of the namespace that their socket or file belongs to; and,
 * where every known namespace could be asked and none has it, into holders of an orphan without a
 * name. What can not be decided stays unresolved. 0 or -ENOMEM. */
int procfs_settle_unresolved(struct walk *walk, struct builder *b);
