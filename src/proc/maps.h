/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* /proc/PID/maps, proc_pid_maps(5). */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One line. The name points into it. */
struct maps_line {
        uint64_t start, end; /* the addresses, without @end itself */
        uint64_t offset;     /* in the file, of what is at @start */
        uint64_t device;     /* as statx_device() */
        uint64_t inode;      /* 0: of no file */
        bool writable, executable;
        const char *name; /* "socket:[8775]", as far as there is one */
        size_t name_length;
};

/* Whether @line (without newline) is one. */
bool proc_maps_parse_any(const char *line, size_t n, struct maps_line *ret);

/* Whether @line (without newline) is one, of a file. */
bool proc_maps_parse(const char *line, size_t n, struct maps_line *ret);
