/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Who opened the sockets that keep a namespace alive, when, and from where: explain's part of it.
 */

#include "nsorphanctl/explain-text.h"

/* Sockets that were opened at one place. */
struct explain_birth {
        const struct held *first; /* one of them */
        size_t n_sockets;
        uint64_t first_usec, last_usec; /* when, CLOCK_REALTIME; 0: not known */
        bool told;                      /* the place was told before */
};

/* Prints it in lines that belong to what the first is held through. */
void explain_birth_print(FILE *f, const struct explain *e, const struct explain_birth *b);

/* Prints why nothing is known of others, where births are noted: a line, or nothing. */
void explain_birth_print_unknown(FILE *f, const struct explain *e);
