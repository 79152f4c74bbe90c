/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "census/process.h"

/* Enough that the two run at the same time on a busy host, too. */
#define OWNERS 10000000

struct shared {
        struct process *process;
        pthread_barrier_t start;
};

static void *own_and_disown(void *userdata)
{
        struct shared *s = userdata;

        pthread_barrier_wait(&s->start);
        for (int i = 0; i < OWNERS; i++)
                process_unref(process_ref(s->process));
        return NULL;
}

/* A thread that inspects may be the last owner of a census whose processes the ledger has, too. */
static void test_owners_of_two_threads(void **state)
{
        struct process *p = process_new(411, 0);
        struct shared shared = {.process = p};
        pthread_t other;

        assert_non_null(p);
        process_ref(p); /* a count that is one too low would free it in the midst of this */
        assert_int_equal(pthread_barrier_init(&shared.start, NULL, 2), 0);
        assert_int_equal(pthread_create(&other, NULL, own_and_disown, &shared), 0);
        own_and_disown(&shared);
        assert_int_equal(pthread_join(other, NULL), 0);
        pthread_barrier_destroy(&shared.start);
        assert_int_equal(p->n_more_owners, 1);
        process_unref(p);
        process_unref(p);
}

static void test_a_copy_has_one_owner(void **state)
{
        struct process *p = process_new(411, 1000);

        assert_non_null(p);
        p->start_ticks = 77;
        p->start_nsec = 770;
        p->comm = strdup("leaker");
        process_ref(p);
        const struct process value = process_value(p);
        assert_int_equal(value.pid, 411);
        assert_int_equal(value.uid, 1000);
        assert_int_equal(value.start_ticks, 77);
        assert_int_equal(value.start_nsec, 770);
        assert_ptr_equal(value.comm, p->comm);
        assert_int_equal(value.n_more_owners, 0);

        struct process *copy = process_copy(p);
        assert_non_null(copy);
        assert_int_equal(copy->n_more_owners, 0);
        assert_int_equal(copy->start_nsec, 770);
        assert_ptr_not_equal(copy->comm, p->comm);
        assert_string_equal(copy->comm, "leaker");
        process_unref(copy);
        process_unref(p);
        process_unref(p);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_owners_of_two_threads),
                cmocka_unit_test(test_a_copy_has_one_owner),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
