/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* BPF iterators that are pinned. */

#include <stdbool.h>

/* Whether the bpffs file @file_fd (O_PATH) may be an iterator over what belongs to a namespace: not
 * when it is a map, or goes over something else. */
bool bpf_iterator_may_be(int file_fd);
