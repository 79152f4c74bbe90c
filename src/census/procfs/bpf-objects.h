/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* BPF objects that hold a network namespace, asked for with bpf(2). */

#include "census/procfs/walk.h"

/* The netfilter links that no fd table showed (walk->bpf_links has those that one did): pinned in a
 * bpffs, or held in yet another way. Each is an unresolved holder; a gap where the kernel has such
 * links (6.4) and we may not list them. 0 or -ENOMEM. */
int walker_list_bpf_links(struct walker *w);

/* Whether the bpffs file @file_fd (O_PATH) may be an iterator over what belongs to a namespace: not
 * when it is a map, or goes over something else. */
bool bpf_objects_may_iterate(int file_fd);
