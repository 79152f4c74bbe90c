/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* WHAT on the command line: what people have when they arrive. */

#include "inspect/find.h"
#include "util/error.h"

/* In the order in which they are tried. */
enum what_kind {
        WHAT_NETNS,     /* 4026532177, net:[4026532177], cookie:4102, nameless:411/8775 */
        WHAT_LINK,      /* an interface of this host, or inside */
        WHAT_ADDRESS,   /* an IPv4, IPv6 or MAC address inside */
        WHAT_CONTAINER, /* its id, or its first 12 digits, or its name */
        WHAT_UNIT,      /* a systemd unit */
        WHAT_PROCESS,   /* a pid */
        _WHAT_KIND_MAX,
};

struct what {
        const char *text; /* without its prefix; of the command line */
        unsigned kinds;   /* 1 << enum what_kind: what it can be */
};

/* Parses @s: one of the forms above, or that behind "netns:", "link:", "addr:", "container:",
 * "unit:" or "pid:", which say what is meant. 0, or -EINVAL with the sentence. */
int what_parse(const char *s, struct what *ret, struct error *error);

/* The namespaces of @census that are meant: those of the first kind that has any. 0 with at least
 * one; -ENXIO when there is none, or -ENOTUNIQ (two namespaces have had one inode number), or
 * another negative errno, with the sentence; *ret is empty then. Enters namespaces: only for root.
 */
int what_find(const struct what *what, const struct census *census, struct find *ret,
              struct error *error);

/* Whether all matches are of one namespace. */
bool what_is_one(const struct find *f);
