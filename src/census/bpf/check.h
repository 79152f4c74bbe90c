/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A second witness: what /proc and the file itself say of a holder that BPF has named. */

#include "census/bpf/account.h"

/* Checks @h, of the namespace with this inode number and cookie: that its process is the one that
 * was seen, and that its file, duplicated, is of that namespace. Once for each holder: the
 * duplicate is a reference, and may be the last. */
enum checked check_holder(const struct found_holder *h, uint64_t inode, uint64_t cookie);

/* Why it is not verified: a clause, NULL where it is. */
const char *check_reason(enum checked checked);
