/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Code that a process has already, and that makes system calls: nothing is written into its code.
 * x86-64 only. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/macro.h"

struct inject_code {
        uint64_t call;    /* syscall; ret */
        uint64_t restore; /* mov $15, %rax; syscall: rt_sigreturn(2) */
};

/* A mapping: a line of /proc/PID/maps. */
struct inject_range {
        uint64_t start, end;
        bool is_code;  /* private, readable and executable */
        bool is_stack; /* of the first thread */
};

/* Whether @line (without newline) is one. */
bool inject_code_parse_range(const char *line, struct inject_range *ret);

/* Takes into @code what of it is in the @n bytes at @text, which are at @address in the process.
 * What was found before stays. */
void inject_code_find(const void *text, size_t n, uint64_t address, struct inject_code *code);

/* Looks for it in all code of the process @pid, whose directory is @process_fd, and for the stack
 * of its first thread (all zero: none). It may hang for as long as a file system does which some of
 * the code is from. 0, -ENOENT when there is none, or another negative errno. */
int inject_code_search(pid_t pid, int process_fd, struct inject_code *ret,
                       struct inject_range *ret_stack);

/* Whether it still is where it was found. */
bool inject_code_is_there(pid_t pid, const struct inject_code *code);

/* Reads memory of the process: how much was read, or a negative errno. */
ssize_t inject_code_read(pid_t pid, uint64_t address, void *to, size_t n);
