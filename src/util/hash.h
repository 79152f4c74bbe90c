/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* uthash, told not to end the program when memory runs out: after HASH_ADD, an element whose
 * hh.tbl is NULL was not added. And with the hash function that clang has nothing to say about
 * (the default one falls through its cases). */

#define HASH_NONFATAL_OOM 1
#define HASH_FUNCTION     HASH_FNV
#include <uthash.h>
