/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Plain collections of numbers. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/macro.h"

struct number_list {
        uint64_t *numbers;
        size_t n, room;
};
int number_list_add(struct number_list *l, uint64_t number); /* 0 or -ENOMEM */

/* Ascending, each number once. */
void number_list_sort(struct number_list *l);

/* A set that several threads may use. */
struct number_set;
struct number_set *number_set_new(void); /* NULL when out of memory */
struct number_set *number_set_free(struct number_set *s);
DEFINE_CLEANUP(struct number_set *, number_set_free);
/* 1 when @number is new and was added, 0 when it was there, -ENOMEM. */
int number_set_add(struct number_set *s, uint64_t number);
bool number_set_has(struct number_set *s, uint64_t number);
/* Calls @fn with each, while no other thread uses the set. */
void number_set_each(struct number_set *s, void (*fn)(uint64_t number, void *userdata),
                     void *userdata);
void number_set_clear(struct number_set *s);
