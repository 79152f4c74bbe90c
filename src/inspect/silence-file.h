/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What was silenced, and how to undo it: a file for each namespace, in a directory of root's that
 * the next boot empties, as it does the namespaces. JSON; the messages in it are rtnetlink's, in
 * hexadecimal digits. */

#include "inspect/silence.h"

/* Writes the file of @s->netns in @directory, which is made where it is missing. 0; -EEXIST when
 * the namespace is silenced already, -EFBIG when that is too much to be kept, or another negative
 * errno, with the sentence. */
int silence_file_save(const char *directory, const struct silence *s, struct error *error);

/* Reads that of @id. 0, -ENOENT when it was not silenced, -EBADMSG, or another negative errno, with
 * the sentence. */
int silence_file_load(const char *directory, const struct netns_identity *id, struct silence *ret,
                      struct error *error);

/* Removes it. 0 or a negative errno with the sentence. */
int silence_file_remove(const char *directory, const struct netns_identity *id,
                        struct error *error);
