/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "varlink/check.h"

#include <string.h>

static bool agrees(const struct varlink_type *type, json_t *value);

static const struct varlink_field *find_field(const struct varlink_type *type, const char *name)
{
        for (size_t i = 0; i < type->n_fields; i++)
                if (strcmp(type->fields[i].name, name) == 0)
                        return &type->fields[i];
        return NULL;
}

static bool agrees_array(const struct varlink_type *element, json_t *array)
{
        size_t i;
        json_t *value;

        if (!json_is_array(array))
                return false;
        json_array_foreach(array, i, value)
                if (!agrees(element, value))
                        return false;
        return true;
}

static bool agrees_map(const struct varlink_type *element, json_t *object)
{
        const char *key;
        json_t *value;

        if (!json_is_object(object))
                return false;
        json_object_foreach(object, key, value)
                if (!agrees(element, value))
                        return false;
        return true;
}

/* The same name as a value of the enum. */
static bool agrees_enum(const struct varlink_type *type, json_t *value)
{
        return json_is_string(value) && find_field(type, json_string_value(value));
}

static bool agrees(const struct varlink_type *type, json_t *value)
{
        const char *parameter;

        switch (type->kind) {
        case VARLINK_BOOL:
                return json_is_boolean(value);
        case VARLINK_INT:
                return json_is_integer(value);
        case VARLINK_FLOAT:
                return json_is_number(value);
        case VARLINK_STRING:
                return json_is_string(value);
        case VARLINK_OBJECT:
                return json_is_object(value);
        case VARLINK_ANY:
                return !json_is_null(value);
        case VARLINK_NAMED:
                return agrees(type->named->type, value);
        case VARLINK_ARRAY:
                return agrees_array(type->element, value);
        case VARLINK_MAP:
                return agrees_map(type->element, value);
        case VARLINK_MAYBE:
                return json_is_null(value) || agrees(type->element, value);
        case VARLINK_STRUCT:
                return json_is_object(value) && varlink_check(type, value, &parameter) == 0;
        case VARLINK_ENUM:
                return agrees_enum(type, value);
        case _VARLINK_KIND_MAX:
                break;
        }
        return false;
}

int varlink_check(const struct varlink_type *type, json_t *parameters, const char **ret_parameter)
{
        const char *key;
        json_t *value;

        json_object_foreach(parameters, key, value) {
                const struct varlink_field *field = find_field(type, key);
                if (!field || !agrees(field->type, value)) {
                        *ret_parameter = key;
                        return -EINVAL;
                }
        }
        for (size_t i = 0; i < type->n_fields; i++) {
                const struct varlink_field *field = &type->fields[i];
                if (field->type->kind != VARLINK_MAYBE &&
                    !json_object_get(parameters, field->name)) {
                        *ret_parameter = field->name;
                        return -EINVAL;
                }
        }
        return 0;
}
