/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the program in the kernel tells the one outside. */

/* More namespaces than any test makes. The verifier walks the loop, so it must end somewhere. */
#define ORACLE_MAX 4096

struct oracle_net {
        unsigned long long other; /* 0: a namespace; else the head of their list */
        unsigned long long inode;
        unsigned long long cookie; /* 0 below Linux 5.12 */
        unsigned long long count;  /* references that keep it alive; 0: being torn down */
};
