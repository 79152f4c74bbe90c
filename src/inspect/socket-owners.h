/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "inspect/inspection.h"

/* Finds the processes at the other ends of the unix sockets held in @i, in every process's own fd
 * table; nothing is read where no unix socket is held. 0 or -ENOMEM. */
int socket_owners_read(struct inspection *i);
