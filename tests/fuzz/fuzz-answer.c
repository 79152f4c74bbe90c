/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a child says that a hostile file has taken over: how many names were asked for, and the
 * message. */

#include "fuzz.h"
#include "symbolize/answer.h"
#include "util/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        char id[ANSWER_BUILD_ID_TEXT], *names[ANSWER_OFFSETS_MAX] = {};

        if (answer_parse_identity(data, size, id) == 0)
                must(strlen(id) == (size_t)2 * data[0] && text_is_printable(id));
        if (size < 1)
                return 0;
        size_t n = data[0] % (ANSWER_OFFSETS_MAX + 1);
        bool ok = answer_parse_names(data + 1, size - 1, n, names) == 0;
        for (size_t i = 0; i < n; i++) {
                must(ok || !names[i]);
                must(!names[i] || (*names[i] && text_is_printable(names[i]) &&
                                   strlen(names[i]) <= TEXT_NAME_MAX));
                free(names[i]);
        }
        return 0;
}
