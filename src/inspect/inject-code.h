/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Where in a process the code is that makes system calls. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "inspect/inject-machine.h"
#include "util/macro.h"

/* A mapping: a line of /proc/PID/maps. */
struct inject_range {
        uint64_t start, end;
        bool is_code;    /* private, readable and executable */
        bool is_stack;   /* of the first thread */
        bool is_kernels; /* vdso(7) */
};

/* Whether @line (without newline) is one. */
bool inject_code_parse_range(const char *line, struct inject_range *ret);

/* Takes into @code what of it is in the @n bytes at @text, which are at @address in the process.
 * What was found before stays. */
void inject_code_find(const struct inject_machine *m, const void *text, size_t n, uint64_t address,
                      struct inject_code *code);

/* Looks for it in all code of the process @pid, whose directory is @process_fd, and for the stack
 * of its first thread (all zero: none). It may hang for as long as a file system does which some of
 * the code is from. 0, -ENOENT when there is none, or another negative errno. */
int inject_code_search(const struct inject_machine *m, pid_t pid, int process_fd,
                       struct inject_code *ret, struct inject_range *ret_stack);

/* Whether it still is where it was found. */
bool inject_code_is_there(const struct inject_machine *m, pid_t pid,
                          const struct inject_code *code);

/* Reads memory of the process: how much was read, or a negative errno. */
ssize_t inject_code_read(pid_t pid, uint64_t address, void *to, size_t n);
