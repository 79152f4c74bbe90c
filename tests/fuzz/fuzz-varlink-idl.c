/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* An interface description; behind a NUL, parameters for its methods. */

#include <jansson.h>

#include "fuzz.h"
#include "varlink/check.h"
#include "varlink/interface.h"

static void fuzz_parameters(const struct varlink_interface *interface, const char *bytes,
                            size_t size)
{
        json_auto_t *json = json_loadb(bytes, size, JSON_REJECT_DUPLICATES, NULL);

        if (!json_is_object(json))
                return;
        for (size_t i = 0; i < interface->n_members; i++) {
                const struct varlink_member *member = &interface->members[i];
                const char *parameter = NULL;
                if (member->type->kind != VARLINK_STRUCT)
                        continue;
                if (varlink_check(member->type, json, &parameter) < 0)
                        must(parameter);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_(varlink_interface_freep) struct varlink_interface *interface = NULL;
        struct error error = {};
        const char *text = (const char *)data;
        size_t n = strnlen(text, size);

        if (varlink_interface_parse(&interface, text, n, &error) < 0) {
                must(!interface && error.text[0]);
                return 0;
        }
        must(varlink_interface_name_is_valid(interface->name, strlen(interface->name)));
        for (size_t i = 0; i < interface->n_members; i++) {
                const struct varlink_member *member = &interface->members[i];
                must(varlink_interface_find(interface, member->kind, member->name) == member);
                must((member->kind == VARLINK_METHOD) == (member->output != NULL));
        }
        if (n < size)
                fuzz_parameters(interface, text + n + 1, size - n - 1);
        return 0;
}
