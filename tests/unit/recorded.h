/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Texts that are compared with those that were recorded; NSORPHAN_RECORD=1 records them anew. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test-netns.h"

/* @path is below the source's top. */
static inline void assert_recorded(const char *text, const char *path)
{
        bool record = getenv("NSORPHAN_RECORD");
        size_t size = strlen(text) + 1;
        char file[4096];

        (void)snprintf(file, sizeof(file), "%s/%s", getenv("NSORPHAND_SOURCE"), path);
        FILE *f = fopen(file, record ? "w" : "r");
        if (!f)
                fail_msg("cannot open %s", file);
        if (record) {
                assert_int_equal(fwrite(text, 1, size - 1, f), size - 1);
        } else {
                _cleanup_free_ char *expected = calloc(1, size + 1);

                assert_non_null(expected);
                (void)fread(expected, 1, size, f);
                assert_string_equal(text, expected);
        }
        assert_int_equal(fclose(f), 0);
}
