/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Structures as JSON objects and back, from one table of their fields, so that what is written is
 * what is read. Reading is strict: no key missing, none unknown, none of another type. */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/text-buffer.h"

enum field_type {
        FIELD_U64,         /* uint64_t; in JSON a signed number of the same 64 bits */
        FIELD_U64_OR_NONE, /* the same, where 0 is an absent key: files of before have none */
        FIELD_U32,         /* unsigned */
        FIELD_INT,         /* int, pid_t */
        FIELD_BOOL,
        FIELD_BOOL_OR_NO, /* the same, where no is an absent key */
        FIELD_STRING,     /* char *, NULL is an absent key; printable, else refused */
        FIELD_NAME,       /* an enum by its name; an empty one is an absent key */
};

struct field {
        const char *key;
        enum field_type type;
        size_t offset;
        /* FIELD_NAME: the enum's names; from_name() gives @none or less for what is unknown. What
         * is read may have hyphens for their underscores, as versions of before wrote. */
        const char *(*to_name)(unsigned value);
        int (*from_name)(const char *name);
        int none;
};

/* Appends a member of a JSON object for every field of @structure: `"key":value,`. */
void fields_print(struct text_buffer *b, const struct field *fields, size_t n,
                  const void *structure);

/* Appends the name of a member: `"key":`. */
void fields_print_key(struct text_buffer *b, const char *key);

/* Appends the end of an object, or of an array: the comma behind its last member goes. */
void fields_print_end(struct text_buffer *b, char end);

/* Fills @structure (all zero before). @ret_keys is increased by the number of keys found, to be
 * held against json_object_size(). 0, -EBADMSG or -ENOMEM; strings read until then are the
 * structure's. */
int fields_parse(const json_t *object, const struct field *fields, size_t n, void *structure,
                 size_t *ret_keys);

/* The same, where @object may be no object; the keys are counted from 0. */
int fields_parse_object(const json_t *object, const struct field *fields, size_t n, void *structure,
                        size_t *ret_keys);
