/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/decode-fields.h"

#include <limits.h>
#include <string.h>
#include <sys/types.h>

#include "util/text.h"

static int refuse(struct error *error, const char *key, const char *of, const char *must)
{
        return error_set(error, EPROTO, "nsorphand's answer was not understood: \"%s\"%s%s %s", key,
                         of ? " of " : "", text_or(of, ""), must);
}

/* Whether text_escape() would change no more of it than its backslashes: then it may be printed. 1,
 * 0 or -ENOMEM. */
static int is_printable(const char *s, size_t n)
{
        _cleanup_free_ char *escaped = text_escape(s, n);
        size_t n_backslashes = 0;

        for (size_t i = 0; i < n; i++)
                n_backslashes += s[i] == '\\';
        return escaped ? strlen(escaped) == n + n_backslashes : -ENOMEM;
}

/* Each line of @value, which is shown as it is. 1, 0 or -ENOMEM. */
static int lines_are_printable(const char *s, size_t n)
{
        int r = 1;

        while (r > 0 && n > 0) {
                const char *end = memchr(s, '\n', n);
                size_t length = end ? (size_t)(end - s) : n;
                r = is_printable(s, length);
                n -= MIN(n, length + 1);
                s += length + 1;
        }
        return r;
}

/* A new string of @value; @check as is_printable(). 0, -EPROTO or -ENOMEM. */
static int copy_string(const json_t *value, int (*check)(const char *s, size_t n), char **ret)
{
        int r = json_is_string(value) ? check(json_string_value(value), json_string_length(value))
                                      : 0;

        if (r == 0)
                return -EPROTO;
        free(*ret);
        *ret = r > 0 ? strdup(json_string_value(value)) : NULL;
        return *ret ? 0 : -ENOMEM;
}

/* 0 or -EPROTO. */
static int number(const json_t *value, json_int_t max, json_int_t *ret)
{
        if (!json_is_integer(value))
                return -EPROTO;
        *ret = json_integer_value(value);
        return *ret >= 0 && *ret <= max ? 0 : -EPROTO;
}

/* Passes on what copy_string() returned, with the sentence. */
static int refuse_string(int r, const char *key, const char *of, struct error *error)
{
        return r == -EPROTO ? refuse(error, key, of, "must be a string of printable characters")
               : r < 0      ? error_oom(error)
                            : 0;
}

static int decode_field(const json_t *value, const struct decode_field *f, const char *what,
                        void *structure, struct error *error)
{
        void *p = (char *)structure + f->offset;
        json_int_t n;
        int word;

        switch (f->type) {
        case DECODE_NUMBER:
                if (number(value, INT64_MAX, &n) < 0)
                        return refuse(error, f->key, what, "must be a whole number from 0");
                *(uint64_t *)p = (uint64_t)n;
                return 0;
        case DECODE_INT:
                if (number(value, INT_MAX, &n) < 0)
                        return refuse(error, f->key, what,
                                      "must be a whole number from 0 to 2147483647");
                *(int *)p = (int)n;
                return 0;
        case DECODE_UID:
                if (number(value, UINT32_MAX, &n) < 0)
                        return refuse(error, f->key, what,
                                      "must be a whole number from 0 to 4294967295");
                *(uid_t *)p = (uid_t)n;
                return 0;
        case DECODE_BOOL:
                if (!json_is_boolean(value))
                        return refuse(error, f->key, what, "must be true or false");
                *(bool *)p = json_is_true(value);
                return 0;
        case DECODE_STRING:
                return refuse_string(copy_string(value, is_printable, p), f->key, what, error);
        case DECODE_WORD:
                word = json_is_string(value) ? f->word(json_string_value(value)) : -EPROTO;
                if (word < 0)
                        return refuse(error, f->key, what, "must be one of its words");
                *(int *)p = word;
                return 0;
        }
        return -EPROTO;
}

int decode_fields(const json_t *object, const char *what, const struct decode_field *fields,
                  size_t n, void *structure, struct error *error)
{
        int r = 0;

        if (!json_is_object(object))
                return error_set(error, EPROTO,
                                 "nsorphand's answer was not understood: %s must be an object",
                                 what);
        for (size_t i = 0; r >= 0 && i < n; i++) {
                const json_t *value = json_object_get(object, fields[i].key);
                if (value && !json_is_null(value))
                        r = decode_field(value, &fields[i], what, structure, error);
                else if (fields[i].required)
                        r = refuse(error, fields[i].key, what, "is missing");
        }
        return r;
}

int decode_fields_object(const json_t *object, const char *key, const json_t **ret,
                         struct error *error)
{
        *ret = json_object_get(object, key);
        if (!*ret || json_is_null(*ret))
                return 0;
        return json_is_object(*ret) ? 1 : refuse(error, key, NULL, "must be an object");
}

int decode_fields_is_array(const json_t *value, const char *key, struct error *error)
{
        return !value || json_is_null(value) || json_is_array(value)
                       ? 0
                       : refuse(error, key, NULL, "must be an array");
}

int decode_fields_array(const json_t *object, const char *key, size_t size,
                        int (*one)(const json_t *object, void *ret, struct error *error),
                        void **ret, size_t *ret_n, struct error *error)
{
        const json_t *array = json_object_get(object, key);
        int r = decode_fields_is_array(array, key, error);

        if (r < 0)
                return r;
        *ret = calloc(json_array_size(array) + 1, size);
        if (!*ret)
                return error_oom(error);
        for (size_t i = 0; r >= 0 && i < json_array_size(array); i++)
                r = one(json_array_get(array, i), (char *)*ret + size * (*ret_n)++, error);
        return r;
}

int decode_fields_strings(const json_t *object, const char *key, char ***ret, size_t *ret_n,
                          struct error *error)
{
        const json_t *array = json_object_get(object, key);
        int r = decode_fields_is_array(array, key, error);

        if (r < 0)
                return r;
        *ret = (char **)calloc(json_array_size(array) + 1, sizeof(**ret));
        if (!*ret)
                return error_oom(error);
        for (size_t i = 0; r >= 0 && i < json_array_size(array); i++)
                r = copy_string(json_array_get(array, i), is_printable, &(*ret)[(*ret_n)++]);
        return refuse_string(r, key, NULL, error);
}

int decode_fields_lines(const json_t *object, const char *key, char **ret, struct error *error)
{
        int r = copy_string(json_object_get(object, key), lines_are_printable, ret);

        return refuse_string(r, key, NULL, error);
}
