/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/list-json.h"

#include "report/json.h"

json_t *list_json(const json_t *status, const char *key, json_t *list)
{
        static const char *const parts[] = {"host", "scan", "coverage"};
        json_auto_t *o = json_object();

        if (!o || json_put(o, "version", json_integer(JSON_VERSION)) < 0)
                return NULL;
        for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
                json_t *part = json_object_get(status, parts[i]);
                if (part && json_object_set(o, parts[i], part) < 0)
                        return NULL;
        }
        return json_object_set(o, key, list) < 0 ? NULL : TAKE_PTR(o);
}

bool list_json_is_same_scan(const json_t *a, const json_t *b)
{
        const json_t *x = json_object_get(json_object_get(a, "scan"), "startUSec");
        const json_t *y = json_object_get(json_object_get(b, "scan"), "startUSec");

        return x && json_equal(x, y);
}
