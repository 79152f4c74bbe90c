/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A walk over the host that the test runs on, which need not be root's, and a builder for what is
 * made up. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "census/builder.h"
#include "census/procfs/walk.h"

struct test_walk {
        struct host host;
        struct scan_options options;
        struct scan_progress progress;
        struct walk walk;
        struct builder *b;
};

static inline int test_walk_setup(void **state)
{
        struct test_walk *t = calloc(1, sizeof(*t));
        struct error error;

        assert_non_null(t);
        assert_int_equal(host_init(&t->host, &error), 0);
        t->options.no_maps = true;
        assert_int_equal(walk_init(&t->walk, &t->host, &t->options, &t->progress), 0);
        t->b = builder_new();
        assert_non_null(t->b);
        *state = t;
        return 0;
}

static inline int test_walk_teardown(void **state)
{
        struct test_walk *t = *state;

        builder_free(t->b);
        walk_deinit(&t->walk);
        host_deinit(&t->host);
        free(t);
        return 0;
}

#define TEST_WALK(f) cmocka_unit_test_setup_teardown(f, test_walk_setup, test_walk_teardown)
