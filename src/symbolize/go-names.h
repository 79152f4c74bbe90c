/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Names of the functions of a Go program, stripped or not: symbolize/pclntab in its ELF file. */

#include <libelf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "symbolize/pclntab.h"

struct go_names {
        bool have;
        struct pclntab table; /* in memory of the Elf */
};

/* @elf, of any origin, must outlive @g. */
void go_names_init(struct go_names *g, Elf *elf);

/* The name of the function at @address, without NUL; NULL for none. */
const char *go_names_find(const struct go_names *g, uint64_t address, size_t *ret_length);
