/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Open namespace files. */

#include "census/procfs/visit.h"

/* The nsfs file @stx, fd @h->fd of task @h->tid: emits @h, completed, when it is a network
 * namespace. @link: the text of the fd's link, "" for none. 0, -ENOMEM or -ECANCELED. */
int nsfs_visit(struct visit *v, const struct statx *stx, const char *link, struct holder *h);
