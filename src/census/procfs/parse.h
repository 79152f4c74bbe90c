/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Parsers of procfs text: pure functions from bytes to structs. The text is the kernel's, but
 * names in it are other processes', so every one accepts any bytes. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Parses "net:[4026531840]", the text of a link to a file without a path, with @type "net",
 * "mnt" or "socket". 0, or -EINVAL when it is something else. */
int parse_typed_link(const char *text, size_t n, const char *type, uint64_t *ret_inode);

/* Start time in clock ticks since boot: field 22 of /proc/PID/stat, behind a command name that may
 * hold anything, ")" too. 0 or -EINVAL. */
int parse_stat_start_ticks(const char *text, size_t n, uint64_t *ret_ticks);

/* One line of mountinfo (proc_pid_mountinfo(5)). The texts point into the line, octal escapes not
 * undone. */
struct mountinfo {
        uint64_t id;
        uint64_t device;        /* as statx_device() */
        uint64_t group, master; /* "shared:N", "master:N"; 0: none */
        const char *root, *target, *type, *options;
        size_t root_length, target_length, type_length, options_length;
};

/* 0, or -EINVAL when @line (without newline) is no mountinfo line. */
int parse_mountinfo(const char *line, size_t n, struct mountinfo *ret);

/* Whether the file system is of type @type. */
bool parse_mountinfo_is(const struct mountinfo *m, const char *type);

/* Whether @line is a procfs mounted on /proc; @ret_hides then says whether its options hide
 * processes from some (hidepid=, subset=). 1, 0 or -EINVAL. */
int parse_mountinfo_proc(const char *line, size_t n, bool *ret_hides);

/* Undoes the \ooo of mountinfo in place; returns the new length. */
size_t parse_unescape_octal(char *text, size_t n);

/* The number of a character device in a line of /proc/devices (without newline), when it is called
 * @name; else 0. Block devices follow in the same file, but none is called like the ones sought. */
uint32_t parse_devices_major(const char *line, size_t n, const char *name);

/* Whether /proc/PID/status is that of a task that has begun to end: it has neither memory nor files
 * any more (kernel/exit.c, exit_mm(), exit_files()), and has not ended. A worker of vhost in a
 * process has no files either (6.4), but memory. */
bool parse_status_is_exiting(const char *text, size_t n);

/* One line of /proc/PID/maps, proc_pid_maps(5). The name points into the line. */
struct maps_line {
        uint64_t device; /* as statx_device() */
        uint64_t inode;
        bool writable;
        const char *name; /* "socket:[8775]", as far as there is one */
        size_t name_length;
};

/* Whether @line (without newline) is one, of a file. */
bool parse_maps(const char *line, size_t n, struct maps_line *ret);

/* The next line of *@text before @end, without its newline; *@text moves behind it. */
bool parse_line(const char **text, const char *end, const char **ret, size_t *ret_length);
