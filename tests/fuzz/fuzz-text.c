/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fuzz.h"
#include "util/text.h"

static void fuzz_timespan(const char *s)
{
        char buffer[TEXT_TIMESPAN_MAX];
        uint64_t usec, again;

        if (text_parse_timespan(s, &usec) < 0)
                return;
        /* What is printed is cut to two units, and can be read back. */
        must(text_parse_timespan(text_format_timespan(buffer, usec), &again) == 0);
        must(again <= usec);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_free_ char *s = fuzz_string(data, size);
        _cleanup_free_ char *escaped = text_escape(data, size);
        _cleanup_free_ char *again = escaped ? text_escape_string(escaped) : NULL;
        _cleanup_free_ char *unescaped = fuzz_string(data, size);
        uint64_t number;

        must(escaped && again);
        /* Nothing that a terminal would obey, and of the second time only backslashes. */
        for (const char *p = escaped; *p; p++)
                must((unsigned char)*p >= ' ' && *p != 0x7f);
        size_t n_backslashes = 0;
        for (const char *p = escaped; *p; p++)
                n_backslashes += *p == '\\';
        must(strlen(again) == strlen(escaped) + n_backslashes);
        must(text_unescape(again) == strlen(escaped) && strcmp(again, escaped) == 0);
        _cleanup_free_ char *shortened = strdup(escaped);
        must(shortened);
        shortened = text_shorten(shortened);
        must(strlen(shortened) <= TEXT_NAME_MAX && !text_is_shortened(escaped));
        must(text_is_shortened(shortened) == (strlen(escaped) > TEXT_NAME_MAX));
        must(text_unescape(escaped) == size && (size == 0 || memcmp(escaped, data, size) == 0));
        (void)text_unescape(unescaped);

        fuzz_timespan(s);
        (void)text_parse_boolean(s);
        (void)text_parse_u64(s, &number);
        return 0;
}
