/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The namespace that verbs work on which need no daemon: found by a scan of their own. */

#include <stdio.h>

#include "census/scan.h"
#include "nsorphanctl/options.h"
#include "nsorphanctl/what.h"
#include "util/error.h"

/* A census of this host, for root only; @brief: scan_options. 0 or a negative errno with the
 * sentence. */
int netns_target_census(const struct options *options, enum scan_source source, bool brief,
                        struct census **ret, struct error *error);

/* Scans for what @s names (nsorphanctl/what.h). Both belong to the caller. 0 with at least one
 * match, or as what_parse() and what_find(), or another negative errno, with the sentence. */
int netns_target_scan_all(const struct options *options, const char *s, struct census **ret_census,
                          struct find *ret, struct error *error);

/* The same where one namespace alone can be meant. Several: they are listed on stderr, and
 * -ENOTUNIQ is returned with the sentence. *ret belongs to *ret_census, which the caller frees. */
int netns_target_scan(const struct options *options, const char *s, struct census **ret_census,
                      const struct netns **ret, struct error *error);

/* What to ask the daemon for: of the forms of NETNS just the number, without a scan; of all else
 * what one finds. As above. */
int netns_target_resolve(const struct options *options, const char *s, struct netns_identity *ret,
                         struct error *error);

/* Lists what was found for @s, a line each: namespace, verdict, and how it was found. */
void netns_target_print(FILE *f, const struct find *found);

/* Prints the sentence; the exit status tells a bad argument from a namespace that is not there. */
int netns_target_fail(int r, const struct error *error);

/* "cookie:4102", or the inode number where there are no cookies: what a shell takes unquoted.
 * Buffer of NETNS_NAME_MAX. */
const char *netns_target_format(const struct netns_identity *id, char *buffer);
