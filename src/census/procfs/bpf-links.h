/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* BPF netfilter links, each of which holds a network namespace. */

#include "census/procfs/fd-table.h"

/* Emits the link that is open as @fd, when it is one. 0, -ENOMEM or -ECANCELED. */
int bpf_links_look(struct fd_table *t, int fd);

/* The links that no fd table showed (walk->bpf_links has those that one did): pinned in a bpffs, or
 * held in yet another way. Each is an unresolved holder; a gap where the kernel has such links
 * (6.4) and we may not list them. 0, -ENOMEM or -ECANCELED. */
int bpf_links_list(struct walker *w);
