/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/json-print.h"

#include "nsorphanctl/verb.h"

int json_print(json_t *value, enum json_mode mode)
{
        if (!value)
                return verb_fail(-ENOMEM, &(struct error){});
        if (json_dumpf(value, stdout, mode == JSON_PRETTY ? JSON_INDENT(8) : JSON_COMPACT) < 0)
                return verb_fail_with(EXIT_FAILURE, "Can't print the JSON: %m");
        putchar('\n');
        return EXIT_SUCCESS;
}

const char *json_get_string(json_t *object, const char *key, const char *otherwise)
{
        json_t *value = json_object_get(object, key);
        return json_is_string(value) ? json_string_value(value) : otherwise;
}

uint64_t json_get_u64(json_t *object, const char *key)
{
        json_int_t value = json_integer_value(json_object_get(object, key));
        return value > 0 ? (uint64_t)value : 0;
}

bool json_get_bool(json_t *object, const char *key)
{
        return json_is_true(json_object_get(object, key));
}
