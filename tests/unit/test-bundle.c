/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/bundle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void assert_hidden(const char *before, const char *after)
{
        char text[128];

        (void)snprintf(text, sizeof(text), "%s", before);
        bundle_hide_addresses(text, strlen(text));
        assert_string_equal(text, after);
}

static void test_addresses_are_hidden(void **state)
{
        assert_hidden("", "");
        assert_hidden("ffff888100abcdef", "xxxxxxxxxxxxxxxx");
        assert_hidden("at 0xffffffff81000000: no", "at 0xxxxxxxxxxxxxxxxx: no");
        assert_hidden("FFFF888100ABCDEF,ffff888100abcde0", "xxxxxxxxxxxxxxxx,xxxxxxxxxxxxxxxx");
}

/* Ids of messages, boots and containers are as many digits, or more. */
static void test_other_numbers_stay(void **state)
{
        static const char *const texts[] = {
                "2ab0f6b08e9748e193eb116a997d8bfe",
                "ffff888100abcdef0",
                "ffff888100abcde",
                "0123456789abcdef",
                "net:[4026532177]",
                "ffff",
                "affff888100abcde7",
                "1795464654278749",
                "ffffffff",
        };

        for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
                assert_hidden(texts[i], texts[i]);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_addresses_are_hidden),
                cmocka_unit_test(test_other_numbers_stay),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
