/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* NETNS on the command line: 4026532177, net:[4026532177], cookie:4102; or, of a nameless one,
 * net:[?411/8775] as it is printed, and nameless:411/8775, which a shell takes unquoted. */

#include "census/census.h"
#include "util/error.h"

/* Fills the inode, the cookie, or of a nameless one the pid and the number of the file (not the
 * kind). 0, or -EINVAL with the sentence. */
int netns_argument_parse(const char *s, struct netns_identity *ret, struct error *error);

/* The one namespace of @census that the argument names. 0, -ENXIO (none), or -ENOTUNIQ with the
 * sentence. */
int netns_argument_find(const char *s, const struct census *census, const struct netns **ret,
                        struct error *error);
