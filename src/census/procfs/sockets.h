/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Sockets in an fd table: asked through a duplicate, once in their life (socket-cache.h). */

#include "census/procfs/socket-cache.h"
#include "census/procfs/visit.h"

/* The socket @stx, fd @h->fd of task @h->tid: emits @h, completed with what the socket tells. 1
 * with what is known of it, 0 when that cannot be asked or it is gone, -ENOMEM or -ECANCELED. */
int sockets_visit(struct visit *v, const struct statx *stx, struct holder *h,
                  struct socket_facts *ret_facts);
