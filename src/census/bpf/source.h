/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The source that asks the kernel by BPF, put together. */

#include "census/source.h"

/* The kernel's own lists, by BPF. Where it cannot be used, or fails later: a negative errno, and a
 * clause that says why; -EAGAIN and -ETIMEDOUT where it may do better the next time. */
int bpf_source_new(struct source **ret, struct error *reason);
