/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What somebody who is to find a fault in the program or the kernel needs to know of a host, as
 * files of one archive. */

#include "nsorphanctl/options.h"
#include "util/error.h"

/* Writes the archive to @path, a new file. What cannot be had has its reason in its place; so it
 * fails only where the archive itself does: a negative errno, with the sentence. */
int bundle_write(const char *path, const struct options *options, struct error *error);

/* Replaces every kernel address in @text, 16 hexadecimal digits that begin with ffff, by as many x.
 */
void bundle_hide_addresses(char *text, size_t n);
