/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The namespace that verbs work on which need no daemon: found by a scan of their own. */

#include "census/scan.h"
#include "nsorphanctl/options.h"
#include "util/error.h"

/* A census of this host, for root only; @brief: scan_options. 0 or a negative errno with the
 * sentence. */
int netns_target_census(const struct options *options, enum scan_source source, bool brief,
                        struct census **ret, struct error *error);

/* Scans for what @s names: as netns_argument_parse() has it, or an interface of this host: the
 * namespace that its other end is in. *ret belongs to *ret_census, which the caller frees.
 *
 * 0, -EINVAL, -ENXIO (none), -ENOTUNIQ, or another negative errno, with the sentence. */
int netns_target_scan(const struct options *options, const char *s, struct census **ret_census,
                      const struct netns **ret, struct error *error);

/* The same in a census that is there already. */
int netns_target_find(const char *s, const struct census *census, const struct netns **ret,
                      struct error *error);

/* What to ask the daemon for: of the forms of NETNS just the number, without a scan; for an
 * interface the orphan found by one. As above. */
int netns_target_resolve(const struct options *options, const char *s, struct netns_identity *ret,
                         struct error *error);

/* Prints the sentence; the exit status tells a bad argument from a namespace that is not there. */
int netns_target_fail(int r, const struct error *error);

/* "cookie:4102", or the inode number where there are no cookies: what a shell takes unquoted.
 * Buffer of NETNS_NAME_MAX. */
const char *netns_target_format(const struct netns_identity *id, char *buffer);

/* Whether @s can be the name of an interface and is none of the forms of NETNS. */
bool netns_target_is_link(const char *s);
