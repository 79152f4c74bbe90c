/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A list of numbers that grows. All zero at first; `numbers` is to be freed. For one thread. */

#include <stddef.h>
#include <stdint.h>

struct number_list {
        uint64_t *numbers;
        size_t n, room;
};

/* 0 or -ENOMEM. */
int number_list_add(struct number_list *l, uint64_t number);

/* Ascending, each number once. */
void number_list_sort(struct number_list *l);
