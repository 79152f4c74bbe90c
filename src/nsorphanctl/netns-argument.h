/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* NETNS on the command line: 4026532177, net:[4026532177], or cookie:4102. */

#include "census/census.h"
#include "util/error.h"

/* Fills either inode or cookie. 0, or -EINVAL with the sentence. */
int netns_argument_parse(const char *s, struct netns_identity *ret, struct error *error);

/* The one namespace of @census that the argument names. 0, -ENXIO (none), or -ENOTUNIQ with the
 * sentence. */
int netns_argument_find(const char *s, const struct census *census, const struct netns **ret,
                        struct error *error);
