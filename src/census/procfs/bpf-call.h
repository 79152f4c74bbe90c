/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* bpf(2), as far as it says which objects there are. */

#include <linux/bpf.h>

/* What the system call returns, or a negative errno. */
int bpf_call(int command, union bpf_attr *attr);

/* What the link @fd is. 0 or a negative errno. @ret: room for names is the caller's. */
int bpf_call_ask_link(int fd, struct bpf_link_info *ret);
