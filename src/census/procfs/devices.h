/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Open files of devices, and of a bpffs, that keep the namespace they were opened in; none but a
 * tun answers a question about it. */

#include "census/procfs/fd-table.h"

/* Each looks closer at one file, and emits what it holds. @name: its fd as text. 0, -ENOMEM or
 * -ECANCELED. */
int devices_look_at_tun(struct fd_table *t, const struct statx *stx, struct holder *h);
int devices_look_at_tap(struct fd_table *t, const char *name, int fd, const struct statx *stx);
int devices_look_at_vhost(struct fd_table *t, const char *name, int fd, const struct statx *stx);
int devices_look_at_bpffs(struct fd_table *t, const char *name, int fd, const struct statx *stx);
