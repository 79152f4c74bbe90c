/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* /proc/PID/mountinfo, proc_pid_mountinfo(5): pure functions from bytes to structs. The text is the
 * kernel's, but names in it are other processes', so every one accepts any bytes. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One line. The texts point into it, octal escapes not undone. */
struct mountinfo {
        uint64_t id, parent;
        uint64_t device;        /* as statx_device() */
        uint64_t group, master; /* "shared:N", "master:N"; 0: none */
        const char *root, *target, *type, *options;
        size_t root_length, target_length, type_length, options_length;
};

/* 0, or -EINVAL when @line (without newline) is no mountinfo line. */
int proc_mountinfo_parse(const char *line, size_t n, struct mountinfo *ret);

/* Whether the file system is of type @type. */
bool proc_mountinfo_is(const struct mountinfo *m, const char *type);

/* Whether @line is a procfs mounted on /proc; @ret_hides then says whether its options hide
 * processes from some (hidepid=, subset=). 1, 0 or -EINVAL. */
int proc_mountinfo_hides(const char *line, size_t n, bool *ret_hides);

/* Undoes the \ooo of a root or target in place; returns the new length. */
size_t proc_mountinfo_unescape(char *text, size_t n);
