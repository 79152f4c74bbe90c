/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger/state-identity.h"

#include <string.h>

#include "ledger/fields.h"
#include "ledger/report.h"

const char *state_identity_kind_to_name(unsigned kind)
{
        return holder_kind_to_string(kind);
}

int state_identity_kind_from_name(const char *name)
{
        return (int)holder_kind_from_string(name);
}

#define NUMBER(key, member)                                                                        \
        {                                                                                          \
                key, FIELD_U64, offsetof(struct netns_identity, member)                            \
        }
static const struct field number_fields[] = {NUMBER("inode", inode), NUMBER("cookie", cookie)};
#undef NUMBER

#define NAMELESS(key, type, member)                                                                \
        {                                                                                          \
                key, type, offsetof(struct nameless, member)                                       \
        }
static const struct field nameless_fields[] = {
        {"kind", FIELD_NAME, offsetof(struct nameless, kind), state_identity_kind_to_name,
         state_identity_kind_from_name, HOLDER_NONE},
        NAMELESS("pid", FIELD_INT, pid),
        NAMELESS("startTicks", FIELD_U64, start_ticks),
        NAMELESS("fileInode", FIELD_U64, file_inode),
};
#undef NAMELESS

void state_identity_print(struct text_buffer *b, const struct netns_identity *id)
{
        fields_print(b, number_fields, ARRAY_SIZE(number_fields), id);
        if (!netns_is_nameless(id))
                return;
        fields_print_key(b, "nameless");
        text_buffer_add(b, "{", 1);
        fields_print(b, nameless_fields, ARRAY_SIZE(nameless_fields), &id->nameless);
        fields_print_end(b, '}');
        text_buffer_add(b, ",", 1);
}

void state_identity_print_list(struct text_buffer *b, const struct netns_identity *ids, size_t n)
{
        if (n == 0)
                return;
        fields_print_key(b, "more");
        text_buffer_add(b, "[", 1);
        for (size_t i = 0; i < n; i++) {
                text_buffer_add(b, "{", 1);
                fields_print(b, number_fields, ARRAY_SIZE(number_fields), &ids[i]);
                fields_print_end(b, '}');
                text_buffer_add(b, ",", 1);
        }
        fields_print_end(b, ']');
        text_buffer_add(b, ",", 1);
}

int state_identity_parse_list(const json_t *object, struct netns_identity **ret, size_t *ret_n,
                              size_t *ret_keys)
{
        const json_t *list = json_object_get(object, "more");
        size_t n = json_array_size(list);

        if (!list)
                return 0;
        (*ret_keys)++;
        if (n == 0 || n >= REPORT_LISTED_MAX)
                return -EBADMSG;
        *ret = calloc(n, sizeof(**ret));
        if (!*ret)
                return -ENOMEM;
        for (; *ret_n < n; (*ret_n)++) {
                const json_t *one = json_array_get(list, *ret_n);
                size_t keys = 0;
                int r = json_is_object(one)
                                ? fields_parse(one, number_fields, ARRAY_SIZE(number_fields),
                                               &(*ret)[*ret_n], &keys)
                                : -EBADMSG;
                if (r < 0)
                        return r;
                if (keys != json_object_size(one))
                        return -EBADMSG;
        }
        return 0;
}

static int parse_nameless(const json_t *value, struct nameless *ret)
{
        size_t keys = 0;

        if (!json_is_object(value))
                return -EBADMSG;
        int r = fields_parse(value, nameless_fields, ARRAY_SIZE(nameless_fields), ret, &keys);
        if (r < 0)
                return r;
        return keys == json_object_size(value) && ret->kind != HOLDER_NONE && ret->file_inode
                       ? 0
                       : -EBADMSG;
}

/* The holder whose socket has the number; a file below /proc/…/net had its number nowhere else. */
static int parse_anonymous(const json_t *value, const struct holder *holders, size_t n,
                           struct nameless *ret)
{
        const struct holder *found = n > 0 ? &holders[0] : NULL;

        if (!json_is_integer(value))
                return -EBADMSG;
        ret->file_inode = (uint64_t)json_integer_value(value);
        if (ret->file_inode == 0)
                return 0;
        for (size_t i = n; i-- > 0;)
                if (holders[i].socket_inode == ret->file_inode)
                        found = &holders[i];
        ret->kind = found && found->kind != HOLDER_NONE ? found->kind : HOLDER_PROC_NET_FILE;
        if (found) {
                ret->pid = found->pid;
                ret->start_ticks = holder_start_ticks(found);
        }
        return 0;
}

int state_identity_parse(const json_t *object, const struct holder *holders, size_t n,
                         struct netns_identity *ret, size_t *ret_keys)
{
        const json_t *nameless = json_object_get(object, "nameless");
        const json_t *anonymous = json_object_get(object, "anonymous");

        int r = fields_parse(object, number_fields, ARRAY_SIZE(number_fields), ret, ret_keys);
        if (r < 0)
                return r;
        *ret_keys += (nameless ? 1 : 0) + (anonymous ? 1 : 0);
        if (nameless)
                return anonymous ? -EBADMSG : parse_nameless(nameless, &ret->nameless);
        return anonymous ? parse_anonymous(anonymous, holders, n, &ret->nameless) : 0;
}
