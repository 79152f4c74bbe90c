/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* An executable or a shared library of any origin, read by libdw: only ever in a process that has
 * nothing to lose (symbolize/sandbox.h). What it returns is as hostile as the file. */

#include <stddef.h>
#include <stdint.h>

#include "util/macro.h"

struct elf_file;

/* Takes @fd, an open regular file, in any case. 0, -EBADMSG for what is none, or -ENOMEM. */
int elf_file_new(struct elf_file **ret, int fd);
struct elf_file *elf_file_free(struct elf_file *f);
DEFINE_CLEANUP(struct elf_file *, elf_file_free);

/* Its GNU build id, up to @size bytes; returns how many, 0 for none or a longer one. */
size_t elf_file_build_id(struct elf_file *f, void *ret, size_t size);

/* Where its symbols are, when it has none of its own: an fd of it (taken), or -EBADF. To be said
 * before the first question. */
void elf_file_set_symbols(struct elf_file *f, int fd);

/* Copies to @names, each NULL before, what the functions are called that the @n @offsets in the
 * file are in. NULL stays where that is not known. 0 or -ENOMEM. */
int elf_file_names(struct elf_file *f, const uint64_t *offsets, size_t n, char *names[]);
