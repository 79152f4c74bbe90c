/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Whether somebody has set rules for packets in a namespace. */

enum rules {
        RULES_UNKNOWN, /* it cannot be determined, or was not asked for */
        RULES_NONE,
        RULES_NFT,      /* tables of nft */
        RULES_IPTABLES, /* tables of the older iptables */
        RULES_XFRM,     /* policies or states of IPsec */
};

/* Looks for rules of any kind in the namespace that the calling thread is in, until it has found
 * some. It asks for none where the kernel has no such part, or has not loaded it: asking would. May
 * read through all names of the kernel's functions. */
enum rules rules_find(void);
