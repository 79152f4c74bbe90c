/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "census/cross-check.h"
#include "test-census.h"

#define INODE 4026532177

/* What each look of a source shows: the verdict of one namespace, or the error it ends with. */
struct script {
        int bpf[4], procfs[4];
        unsigned n_bpf, n_procfs;
};

static struct census *census_with(enum scan_source source, enum verdict verdict)
{
        struct census *c = test_census();
        struct process *p = test_process(c, 411, 5, "holder", NULL);
        struct netns *ns = test_netns(c, INODE, 7, verdict);
        struct holder task = test_socket(p, -1, 0);

        c->start_boottime_usec = 1000 * USEC_PER_SEC;
        c->source = scan_source_to_string(source);
        task.kind = HOLDER_TASK;
        test_hold(ns, verdict == VERDICT_ATTACHED ? task : test_socket(p, 3, 99));
        if (source == SCAN_SOURCE_BPF)
                ns->references = (struct netns_references){true, 1, 1};
        return c;
}

static int look(enum scan_source source, void *userdata, struct census **ret, struct error *error)
{
        struct script *s = userdata;
        int what = source == SCAN_SOURCE_BPF ? s->bpf[s->n_bpf++] : s->procfs[s->n_procfs++];

        if (what < 0)
                return error_set(error, -what, "this look has failed");
        *ret = census_with(source, (enum verdict)what);
        return 0;
}

/* The census that comes out; the first look by BPF is made before. */
static struct census *check(struct script *s)
{
        struct error error = {};
        struct census *c = NULL;

        assert_int_equal(look(SCAN_SOURCE_BPF, s, &c, &error), 0);
        assert_int_equal(cross_check(&c, look, s, &error), 0);
        return c;
}

enum { A = VERDICT_ATTACHED, O = VERDICT_ORPHANED };

static void test_they_agree(void **state)
{
        struct script s = {{O}, {O}};
        _cleanup_(census_freep) struct census *c = check(&s);

        assert_true(c->check.made);
        assert_int_equal(c->check.disagreements, 0);
        assert_string_equal(c->check.text, "");
        assert_true(census_is_by_bpf(c));
        assert_string_equal(c->not_bpf, "");
        assert_int_equal(s.n_bpf, 1);
        assert_int_equal(s.n_procfs, 1);
}

/* What is explained by time is none. */
static void test_it_passes(void **state)
{
        struct script s = {{O, A}, {A, A}};
        _cleanup_(census_freep) struct census *c = check(&s);

        assert_true(c->check.made);
        assert_int_equal(c->check.disagreements, 0);
        assert_true(census_is_by_bpf(c));
        /* The last one. */
        assert_int_equal(c->namespaces[0].verdict, VERDICT_ATTACHED);
        assert_int_equal(s.n_bpf, 2);
}

static void test_another_one_each_time_is_none(void **state)
{
        struct script s = {{O, A, O}, {A, O, A}};
        _cleanup_(census_freep) struct census *c = check(&s);

        assert_true(c->check.made);
        assert_int_equal(c->check.disagreements, 0);
        assert_true(census_is_by_bpf(c));
}

static void test_it_stays(void **state)
{
        struct script s = {{O, O, O}, {A, A, A}};
        _cleanup_(census_freep) struct census *c = check(&s);

        assert_true(c->check.made);
        assert_int_equal(c->check.disagreements, 1);
        assert_string_equal(c->check.text,
                            "net:[4026532177]: BPF calls it orphaned, procfs attached");
        /* Nothing of what BPF says is used. */
        assert_string_equal(c->source, "procfs");
        assert_int_equal(c->namespaces[0].verdict, VERDICT_ATTACHED);
        assert_string_equal(c->not_bpf, "BPF and procfs disagree, net:[4026532177]: BPF calls it "
                                        "orphaned, procfs attached");
        assert_int_equal(s.n_bpf, 3);
        assert_int_equal(s.n_procfs, 3);
}

/* A look that fails decides nothing, however much they disagreed before. */
static void test_a_look_fails(void **state)
{
        struct script scripts[] = {
                {{O}, {-EACCES}},
                {{O, -EOPNOTSUPP}, {A}},
                {{O, O, O}, {A, A, -ENOMEM}},
        };

        for (size_t i = 0; i < sizeof(scripts) / sizeof(*scripts); i++) {
                _cleanup_(census_freep) struct census *c = check(&scripts[i]);

                assert_false(c->check.made);
                assert_int_equal(c->check.disagreements, 0);
                assert_string_equal(c->check.text, "this look has failed");
                assert_true(census_is_by_bpf(c));
                assert_string_equal(c->not_bpf, "");
        }
}

static void test_it_is_cancelled(void **state)
{
        struct script s = {{O, -ECANCELED}, {A}};
        _cleanup_(census_freep) struct census *c = NULL;
        struct error error = {};

        assert_int_equal(look(SCAN_SOURCE_BPF, &s, &c, &error), 0);
        assert_int_equal(cross_check(&c, look, &s, &error), -ECANCELED);
        assert_non_null(c);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_they_agree),
                cmocka_unit_test(test_it_passes),
                cmocka_unit_test(test_another_one_each_time_is_none),
                cmocka_unit_test(test_it_stays),
                cmocka_unit_test(test_a_look_fails),
                cmocka_unit_test(test_it_is_cancelled),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
