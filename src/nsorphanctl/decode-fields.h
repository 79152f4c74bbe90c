/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The fields of a structure out of a JSON object that somebody else has made, by a table of them. A
 * key that is missing, or null, leaves its field as it is. What is there and wrong is -EPROTO, with
 * a sentence that says what it must be. */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "util/error.h"

enum decode_type {
        DECODE_NUMBER, /* uint64_t, of what fits JSON's signed numbers */
        DECODE_INT,    /* int or pid_t, from 0 */
        DECODE_UID,    /* uid_t */
        DECODE_BOOL,   /* bool */
        DECODE_STRING, /* char *, a new string: printable text, escaped as ours is */
        DECODE_WORD,   /* an enum, by its words */
};

struct decode_field {
        const char *key;
        enum decode_type type;
        size_t offset;
        bool required;
        int (*word)(const char *word); /* DECODE_WORD: the enum; negative when it is none */
};

/* @what says in the sentence what the object is, as "a holder". 0, -EPROTO or -ENOMEM; the strings
 * that were read until then are the structure's. */
int decode_fields(const json_t *object, const char *what, const struct decode_field *fields,
                  size_t n, void *structure, struct error *error);

/* The object at @key: 1, 0 when there is none, or -EPROTO. */
int decode_fields_object(const json_t *object, const char *key, const json_t **ret,
                         struct error *error);

/* Whether @value, found at @key, is an array or not there: 0 or -EPROTO. */
int decode_fields_is_array(const json_t *value, const char *key, struct error *error);

/* The objects of the array at @key, each by @one into a place of @size bytes, all zero. *ret_n
 * counts also the one that @one has failed with. 0, or what @one returned. */
int decode_fields_array(const json_t *object, const char *key, size_t size,
                        int (*one)(const json_t *object, void *ret, struct error *error),
                        void **ret, size_t *ret_n, struct error *error);

/* The strings of the array at @key. As above. */
int decode_fields_strings(const json_t *object, const char *key, char ***ret, size_t *ret_n,
                          struct error *error);

/* The text at @key, which may have newlines; it must be there. */
int decode_fields_lines(const json_t *object, const char *key, char **ret, struct error *error);
