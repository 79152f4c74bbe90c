/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger/fields.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "util/macro.h"
#include "util/text.h"

void fields_print_key(struct text_buffer *b, const char *key)
{
        text_buffer_add_json(b, key);
        text_buffer_add(b, ":", 1);
}

void fields_print_end(struct text_buffer *b, char end)
{
        if (b->n > 0 && b->text[b->n - 1] == ',')
                b->n--;
        text_buffer_add(b, &end, 1);
}

static void print_number(struct text_buffer *b, const char *key, int64_t number)
{
        fields_print_key(b, key);
        text_buffer_add_i64(b, number);
        text_buffer_add(b, ",", 1);
}

static void print_string(struct text_buffer *b, const char *key, const char *s)
{
        if (!s)
                return;
        fields_print_key(b, key);
        text_buffer_add_json(b, s);
        text_buffer_add(b, ",", 1);
}

static void print_field(struct text_buffer *b, const struct field *f, const void *structure)
{
        const void *p = (const char *)structure + f->offset;

        switch (f->type) {
        case FIELD_U64_OR_NONE:
                if (*(const uint64_t *)p == 0)
                        return;
                __attribute__((fallthrough));
        case FIELD_U64:
                print_number(b, f->key, (int64_t) * (const uint64_t *)p);
                return;
        case FIELD_U32:
                print_number(b, f->key, *(const unsigned *)p);
                return;
        case FIELD_INT:
                print_number(b, f->key, *(const int *)p);
                return;
        case FIELD_BOOL_OR_NO:
                if (!*(const bool *)p)
                        return;
                __attribute__((fallthrough));
        case FIELD_BOOL:
                fields_print_key(b, f->key);
                text_buffer_add_string(b, *(const bool *)p ? "true," : "false,");
                return;
        case FIELD_STRING:
                print_string(b, f->key, *(char *const *)p);
                return;
        case FIELD_NAME:
                if (*(const int *)p != f->none)
                        print_string(b, f->key, f->to_name(*(const unsigned *)p));
        }
}

void fields_print(struct text_buffer *b, const struct field *fields, size_t n,
                  const void *structure)
{
        for (size_t i = 0; i < n; i++)
                print_field(b, &fields[i], structure);
}

/* Files of before have hyphens in place of underscores. */
static int name_from_json(const struct field *f, const char *name)
{
        char word[32];
        size_t n = strlen(name);

        if (n >= sizeof(word))
                return f->none;
        for (size_t i = 0; i <= n; i++)
                word[i] = name[i] == '-' ? '_' : name[i];
        return f->from_name(word);
}

static int string_from_json(const json_t *value, char **ret)
{
        const char *s = json_string_value(value);

        /* A NUL inside would cut it short. */
        if (!s || strlen(s) != json_string_length(value) || !text_is_printable(s))
                return -EBADMSG;
        *ret = strdup(s);
        return *ret ? 0 : -ENOMEM;
}

static int number_from_json(const json_t *value, json_int_t low, json_int_t high, json_int_t *ret)
{
        if (!json_is_integer(value))
                return -EBADMSG;
        *ret = json_integer_value(value);
        return *ret >= low && *ret <= high ? 0 : -EBADMSG;
}

static int field_from_json(const struct field *f, const json_t *value, void *structure)
{
        void *p = (char *)structure + f->offset;
        json_int_t number;
        int r;

        switch (f->type) {
        case FIELD_U64:
        case FIELD_U64_OR_NONE:
                r = number_from_json(value, LLONG_MIN, LLONG_MAX, &number);
                if (r >= 0)
                        *(uint64_t *)p = (uint64_t)number;
                return r;
        case FIELD_U32:
                r = number_from_json(value, 0, UINT_MAX, &number);
                if (r >= 0)
                        *(unsigned *)p = (unsigned)number;
                return r;
        case FIELD_INT:
                r = number_from_json(value, INT_MIN, INT_MAX, &number);
                if (r >= 0)
                        *(int *)p = (int)number;
                return r;
        case FIELD_BOOL:
        case FIELD_BOOL_OR_NO:
                *(bool *)p = json_is_true(value);
                return json_is_boolean(value) ? 0 : -EBADMSG;
        case FIELD_STRING:
                return string_from_json(value, p);
        case FIELD_NAME:
                r = json_is_string(value) ? name_from_json(f, json_string_value(value)) : f->none;
                if (r <= f->none)
                        return -EBADMSG;
                *(int *)p = r;
                return 0;
        default:
                return -EBADMSG;
        }
}

static bool may_be_absent(enum field_type type)
{
        return type == FIELD_STRING || type == FIELD_NAME || type == FIELD_U64_OR_NONE ||
               type == FIELD_BOOL_OR_NO;
}

int fields_parse(const json_t *object, const struct field *fields, size_t n, void *structure,
                 size_t *ret_keys)
{
        for (size_t i = 0; i < n; i++) {
                const json_t *value = json_object_get(object, fields[i].key);
                void *p = (char *)structure + fields[i].offset;
                if (!value) {
                        if (!may_be_absent(fields[i].type))
                                return -EBADMSG;
                        if (fields[i].type == FIELD_NAME)
                                *(int *)p = fields[i].none;
                        continue;
                }
                int r = field_from_json(&fields[i], value, structure);
                if (r < 0)
                        return r;
                (*ret_keys)++;
        }
        return 0;
}

int fields_parse_object(const json_t *object, const struct field *fields, size_t n, void *structure,
                        size_t *ret_keys)
{
        *ret_keys = 0;
        return json_is_object(object) ? fields_parse(object, fields, n, structure, ret_keys)
                                      : -EBADMSG;
}
