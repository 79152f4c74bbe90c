/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whose queue it is that something was found in. */
struct owner {
        uint64_t socket;
        uint64_t parent; /* the socket in whose queue this one is in flight; 0 */
        int32_t tgid, tid, fd;
        uint64_t start_nsec; /* 0 while no fd of it was found */
        bool looks;          /* who has it is of nsorphan */
};

struct owners {
        struct owner *items; /* sorted by socket */
        size_t n, room;
};

struct owner *owners_find(const struct owners *o, uint64_t socket);
/* Adds what is not there. 0 or -ENOMEM. */
int owners_add(struct owners *o, uint64_t socket);
void owners_deinit(struct owners *o);
