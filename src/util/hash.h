/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* uthash, told not to end the program when memory runs out: after HASH_ADD, an element whose
 * hh.tbl is NULL was not added. */

#define HASH_NONFATAL_OOM 1
#include <uthash.h>
