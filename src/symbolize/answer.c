/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "symbolize/answer.h"

#include <errno.h>
#include <string.h>

#include "util/text.h"

int answer_parse_identity(const void *message, size_t size, char ret[static ANSWER_BUILD_ID_TEXT])
{
        static const char digits[] = "0123456789abcdef";
        struct file_identity id;

        if (size != sizeof(id))
                return -EBADMSG;
        memcpy(&id, message, sizeof(id));
        if (id.n > sizeof(id.build_id))
                return -EBADMSG;
        for (size_t i = 0; i < id.n; i++) {
                ret[2 * i] = digits[id.build_id[i] >> 4];
                ret[2 * i + 1] = digits[id.build_id[i] & 15];
        }
        ret[(size_t)2 * id.n] = '\0';
        return 0;
}

static int take_names(const char *p, const char *end, size_t n, char *ret_names[])
{
        for (size_t i = 0; i < n; i++) {
                size_t length = strnlen(p, (size_t)(end - p));
                if (p + length == end || length > ANSWER_NAME_MAX)
                        return -EBADMSG;
                if (length > 0) {
                        ret_names[i] = text_shorten(text_escape(p, length));
                        if (!ret_names[i])
                                return -ENOMEM;
                }
                p += length + 1;
        }
        return p == end ? 0 : -EBADMSG;
}

int answer_parse_names(const void *message, size_t size, size_t n, char *ret_names[])
{
        const char *p = message;

        memset(ret_names, 0, n * sizeof(*ret_names));
        int r = take_names(p, p + size, n, ret_names);
        for (size_t i = 0; r < 0 && i < n; i++) {
                free(ret_names[i]);
                ret_names[i] = NULL;
        }
        return r;
}

size_t answer_put_names(char *room, const char *const names[], size_t n)
{
        char *p = room;

        for (size_t i = 0; i < n && i < ANSWER_OFFSETS_MAX; i++) {
                size_t length = names[i] ? strnlen(names[i], ANSWER_NAME_MAX) : 0;
                memcpy(p, text_or(names[i], ""), length);
                p[length] = '\0';
                p += length + 1;
        }
        return (size_t)(p - room);
}
