/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A set of numbers that several threads may use. */

#include <stdbool.h>
#include <stdint.h>

#include "util/macro.h"

struct number_set;
struct number_set *number_set_new(void); /* NULL when out of memory */
/* Accepts NULL, returns NULL. */
struct number_set *number_set_free(struct number_set *s);
DEFINE_CLEANUP(struct number_set *, number_set_free);

/* 1 when @number is new and was added, 0 when it was there, -ENOMEM. */
int number_set_add(struct number_set *s, uint64_t number);
bool number_set_has(struct number_set *s, uint64_t number);

/* Calls @fn with each, while no other thread uses the set. */
void number_set_each(struct number_set *s, void (*fn)(uint64_t number, void *userdata),
                     void *userdata);

/* Forgets all, while no other thread uses the set. */
void number_set_clear(struct number_set *s);
