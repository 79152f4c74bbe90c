/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the program in the kernel tells the one outside. */

/* More namespaces than any test makes, those being torn down among them. The verifier walks the
 * loop to its end, so there must be one that it reaches within a million instructions. */
#define ORACLE_MAX 10000

struct oracle_net {
        unsigned long long other; /* 0: a namespace; else the head of their list */
        unsigned long long inode;
        unsigned long long cookie; /* 0 below Linux 5.12 */
        unsigned long long count;  /* references that keep it alive; 0: being torn down */
};
