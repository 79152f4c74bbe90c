/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report/json-put.h"

#include <errno.h>

int json_put(json_t *object, const char *key, json_t *value)
{
        return json_object_set_new(object, key, value) < 0 ? -ENOMEM : 0;
}

int json_put_string(json_t *object, const char *key, const char *value)
{
        return value ? json_put(object, key, json_string(value)) : 0;
}

int json_put_nonzero(json_t *object, const char *key, uint64_t value)
{
        return value ? json_put(object, key, json_integer((json_int_t)value)) : 0;
}
