/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The table by which Go's runtime finds the function of an address. It stays in a program that was
 * stripped. The formats of Go 1.2, 1.16, 1.18 and 1.20 (runtime/symtab.go, debug/gosym/pclntab.go
 * there), of this machine's byte order. Whatever the bytes are, nothing beyond them is read. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pclntab {
        const uint8_t *data; /* not owned */
        size_t size;
        size_t word;         /* bytes of a pointer: 4 or 8 */
        size_t entry;        /* bytes of a number in the table of functions */
        uint64_t n;          /* functions */
        size_t functions;    /* offset of the table of functions */
        size_t descriptions; /* offset that the offsets of their descriptions count from */
        size_t names;        /* offset that the offsets of their names count from */
        uint64_t text_start; /* address that the addresses count from; 0: they are whole */
};

/* Whether addresses in the table count from the program's first function, and where in the table
 * that one's own address is: 0 as long as it has not been relocated. */
bool pclntab_text_start(const void *data, size_t size, size_t *ret_offset, uint64_t *ret_address);

/* @text_start is only asked for by such a table. 0, or -EINVAL for what is none of these. */
int pclntab_init(struct pclntab *t, const void *data, size_t size, uint64_t text_start);

/* The name of the function that @address is in, without NUL; NULL for none. */
const char *pclntab_find(const struct pclntab *t, uint64_t address, size_t *ret_length);
