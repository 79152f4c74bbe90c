/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Two namespaces with one inode number within a scan: which has it now. */

#include "census/builder.h"
#include "census/procfs/host.h"

/* For builder_set_asker(): @userdata is @host. Where an orphan of the last scan seems to have tasks
 * or nsfs references, they are asked about too: it may be gone, and its number used again by a
 * namespace without sockets. */
struct builder_asker same_number_asker(struct host *host);
