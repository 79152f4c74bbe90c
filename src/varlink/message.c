/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "varlink/message.h"

#include <string.h>

#include "util/json-load.h"

/* jansson's parser recurses, its own limit (2,048) is fixed, and its trees are fifty times as large
 * as the text: so levels and values are counted before it is let loose. Those in strings are none.
 * A value is what follows a bracket or a comma: an upper bound, for "[]" has none. */
static bool is_too_much(const char *bytes, size_t n, const struct varlink_json_limits *limits)
{
        unsigned depth = 0, values = 0;
        bool in_string = false;

        for (size_t i = 0; i < n; i++) {
                char c = bytes[i];
                if (in_string) {
                        if (c == '\\')
                                i++;
                        else if (c == '"')
                                in_string = false;
                } else if (c == '"') {
                        in_string = true;
                } else if (c == '{' || c == '[') {
                        if (++depth > limits->depth || ++values > limits->values)
                                return true;
                } else if (c == ',') {
                        if (++values > limits->values)
                                return true;
                } else if ((c == '}' || c == ']') && depth > 0) {
                        depth--;
                }
        }
        return false;
}

/* An object, or -EBADMSG or -ENOMEM. Integers are 64 bits wide and stay exact. */
static int load_object(const char *bytes, size_t n, const struct varlink_json_limits *limits,
                       json_t **ret)
{
        json_t *root;

        if (is_too_much(bytes, n, limits))
                return -EBADMSG;
        int r = json_load(bytes, n, &root);
        if (r < 0)
                return r;
        if (!json_is_object(root)) {
                json_decref(root);
                return -EBADMSG;
        }
        *ret = root;
        return 0;
}

/* false, true, or null for false. */
static int get_flag(json_t *value, bool *ret)
{
        if (!json_is_boolean(value) && !json_is_null(value))
                return -EBADMSG;
        *ret = json_is_true(value);
        return 0;
}

/* An object, or null for an empty one. */
static int get_parameters(json_t *value, json_t **ret)
{
        if (!json_is_object(value) && !json_is_null(value))
                return -EBADMSG;
        *ret = json_is_object(value) ? value : NULL;
        return 0;
}

static int message_member(struct varlink_message *message, const char *key, json_t *value)
{
        if (strcmp(key, "method") == 0) {
                message->method = json_string_value(value);
                return message->method ? 0 : -EBADMSG;
        }
        if (strcmp(key, "parameters") == 0)
                return get_parameters(value, &message->parameters);
        if (strcmp(key, "more") == 0)
                return get_flag(value, &message->more);
        if (strcmp(key, "oneway") == 0)
                return get_flag(value, &message->oneway);
        if (strcmp(key, "upgrade") == 0)
                return get_flag(value, &message->upgrade);
        return -EBADMSG;
}

int varlink_message_parse(struct varlink_message *ret, const char *bytes, size_t n,
                          const struct varlink_json_limits *limits)
{
        struct varlink_message message = {};
        const char *key;
        json_t *value;

        int r = load_object(bytes, n, limits, &message.root);
        if (r < 0)
                return r;
        json_object_foreach(message.root, key, value) {
                r = message_member(&message, key, value);
                if (r < 0)
                        break;
        }
        if (r == 0 && (!message.method || (message.more && message.oneway)))
                r = -EBADMSG;
        if (r == 0 && !message.parameters) {
                message.parameters = json_object();
                if (json_object_set_new(message.root, "parameters", message.parameters) < 0)
                        r = -ENOMEM;
        }
        if (r < 0)
                varlink_message_deinit(&message);
        else
                *ret = message;
        return r;
}

void varlink_message_deinit(struct varlink_message *message)
{
        json_decref(message->root);
        *message = (struct varlink_message){};
}

int varlink_message_parse_reply(const char *bytes, size_t n,
                                const struct varlink_json_limits *limits, json_t **ret_parameters,
                                char **ret_error, bool *ret_continues)
{
        json_auto_t *root = NULL;
        json_t *parameters = NULL, *value;
        const char *key, *name = NULL;
        bool continues = false;

        int r = load_object(bytes, n, limits, &root);
        if (r < 0)
                return r;
        json_object_foreach(root, key, value) {
                if (strcmp(key, "parameters") == 0)
                        r = get_parameters(value, &parameters);
                else if (strcmp(key, "continues") == 0)
                        r = get_flag(value, &continues);
                else if (strcmp(key, "error") == 0)
                        r = (name = json_string_value(value)) ? 0 : -EBADMSG;
                else
                        r = -EBADMSG;
                if (r < 0)
                        return r;
        }
        if (name && continues)
                return -EBADMSG;

        _cleanup_free_ char *copy = name ? strdup(name) : NULL;
        json_auto_t *object = parameters ? json_incref(parameters) : json_object();
        if ((name && !copy) || !object)
                return -ENOMEM;
        *ret_parameters = TAKE_PTR(object);
        *ret_error = TAKE_PTR(copy);
        *ret_continues = continues;
        return 0;
}

int varlink_message_append(struct varlink_buffer *buffer, json_t *object, size_t max)
{
        _cleanup_free_ char *text = json_dumps(object, JSON_COMPACT);
        if (!text)
                return -ENOMEM;
        size_t n = strlen(text) + 1;
        if (n > max)
                return -EMSGSIZE;
        return varlink_buffer_append(buffer, text, n);
}
