/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What names a namespace, in the state file: "inode", "cookie", and of a nameless one "nameless".
 * Version 0.1 wrote "anonymous" in place of that: the number of the holder's file alone. */

#include <jansson.h>

#include "ledger/entry.h"
#include "util/text-buffer.h"

/* Appends the members of an object. */
void state_identity_print(struct text_buffer *b, const struct netns_identity *id);

/* Fills @ret (all zero before). Where only "anonymous" is there, one of the @n holders in @holders
 * is what the namespace is known by. @ret_keys is increased by the number of keys found. 0,
 * -EBADMSG or -ENOMEM. */
int state_identity_parse(const json_t *object, const struct holder *holders, size_t n,
                         struct netns_identity *ret, size_t *ret_keys);

/* "more": the same for a list of namespaces, none of them nameless, which is absent where it is
 * empty. @ret (NULL before) and @ret_n are the caller's also on failure. 0, -EBADMSG or -ENOMEM. */
void state_identity_print_list(struct text_buffer *b, const struct netns_identity *ids, size_t n);
int state_identity_parse_list(const json_t *object, struct netns_identity **ret, size_t *ret_n,
                              size_t *ret_keys);

/* As FIELD_NAME wants it. */
int state_identity_kind_from_name(const char *name);
const char *state_identity_kind_to_name(unsigned kind);
