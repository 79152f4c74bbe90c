/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A directory of a test's own, which the test removes. After cmocka.h. */

#include <stdio.h>
#include <stdlib.h>

/* A socket in it has a path that fits into a sockaddr_un. */
#define TEST_DIRECTORY_MAX 96

/* In $TMPDIR, so that whoever makes tests fail on purpose finds what those leave behind; or in
 * /tmp. */
static inline void test_directory_make(char ret[static TEST_DIRECTORY_MAX])
{
        const char *parent = getenv("TMPDIR");

        (void)snprintf(ret, TEST_DIRECTORY_MAX, "%s/nsorphand-XXXXXX", parent ? parent : "/tmp");
        assert_non_null(mkdtemp(ret));
}
