/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fuzz.h"
#include "varlink/message.h"

static const struct varlink_json_limits limits = {.depth = 64, .values = 1000};

static void fuzz_call(const char *bytes, size_t size)
{
        _cleanup_(varlink_message_deinit) struct varlink_message first = {}, second = {};
        _cleanup_(varlink_buffer_deinit) struct varlink_buffer out = {};

        if (varlink_message_parse(&first, bytes, size, &limits) < 0)
                return;
        must(first.method && json_is_object(first.parameters));
        must(!first.more || !first.oneway);

        /* Written again and read again it is the same. (Reals need not be: not every decimal has
         * a double.) */
        must(varlink_message_append(&out, first.root, SIZE_MAX) == 0);
        size_t n = varlink_buffer_size(&out);
        must(varlink_buffer_bytes(&out)[n - 1] == '\0');
        must(strlen(varlink_buffer_bytes(&out)) == n - 1);
        must(varlink_message_parse(&second, varlink_buffer_bytes(&out), n - 1, &limits) == 0);
        must(strcmp(first.method, second.method) == 0);
        must(first.more == second.more && first.oneway == second.oneway &&
             first.upgrade == second.upgrade);
        must(json_object_size(first.parameters) == json_object_size(second.parameters));
}

static void fuzz_reply(const char *bytes, size_t size)
{
        json_auto_t *parameters = NULL;
        _cleanup_free_ char *error = NULL;
        bool continues;

        if (varlink_message_parse_reply(bytes, size, &limits, &parameters, &error, &continues) < 0)
                return;
        must(json_is_object(parameters));
        must(!error || !continues);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        fuzz_call((const char *)data, size);
        fuzz_reply((const char *)data, size);
        return 0;
}
