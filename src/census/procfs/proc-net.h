/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The files below /proc/PID/net, and which of them keep their namespace alive while they are open.
 * What is not in the table is not known to, nor not to. Pure functions. */

#include <stdbool.h>
#include <stddef.h>

enum proc_net_kind {
        PROC_NET_UNKNOWN,
        PROC_NET_HOLDS, /* opened by seq_open_net() or single_open_net() of fs/proc/proc_net.c */
        PROC_NET_HOLDS_NOT,
};

/* What is known of @file, the path below net/: "tcp", "stat/rt_cache". @ret_file (may be NULL) gets
 * a static copy, NULL for what is unknown. */
enum proc_net_kind proc_net_kind_of(const char *file, const char **ret_file);

/* Whether @text, the first @n bytes of an open file, is how only files begin that hold their
 * namespace. */
bool proc_net_begins(const char *text, size_t n);

/* Room for what proc_net_begins() looks at. */
#define PROC_NET_HEADING_MAX 64

/* Whether @path, from the root of a procfs, is a file below a task's net/: "/PID/net/tcp" or
 * "/PID/task/TID/net/tcp". @ret_file gets the part behind "net/". */
bool proc_net_parse(const char *path, const char **ret_file);
