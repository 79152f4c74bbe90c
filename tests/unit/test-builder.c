/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The table a census grows in. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "census/builder-judge.h"
#include "census/builder-recheck.h"
#include "census/builder.h"
#include "census/unresolved.h"
#include "census/verdict.h"

static struct builder *new_builder(void)
{
        struct builder *b = builder_new();

        assert_non_null(b);
        return b;
}

static void emit(struct builder *b, enum holder_kind kind, pid_t pid, int fd, uint64_t inode,
                 uint64_t cookie)
{
        struct holder h = HOLDER_OF(pid, pid, fd);

        h.kind = kind;
        assert_int_equal(
                builder_emit(b, &(struct netns_identity){.inode = inode, .cookie = cookie}, &h), 0);
}

static struct census *finish(struct builder *b)
{
        struct census *c = calloc(1, sizeof(*c));

        assert_non_null(c);
        assert_int_equal(builder_judge(b), 0);
        assert_int_equal(builder_finish(b, c), 0);
        return c;
}

static void test_task_and_socket_meet(void **state)
{
        _cleanup_(builder_freep) struct builder *b = new_builder();

        emit(b, HOLDER_SOCKET, 10, 3, 100, 7);
        emit(b, HOLDER_TASK, 11, -1, 100, 0);
        emit(b, HOLDER_SOCKET, 12, 3, 200, 8);
        _cleanup_(census_freep) struct census *c = finish(b);
        assert_int_equal(c->n_namespaces, 2);
        assert_int_equal(c->namespaces[0].id.cookie, 7);
        assert_int_equal(c->namespaces[0].verdict, VERDICT_ATTACHED);
        assert_int_equal(c->namespaces[0].n_holders, 2);
        assert_int_equal(c->namespaces[0].holders[0].kind, HOLDER_TASK);
        assert_int_equal(c->namespaces[1].verdict, VERDICT_ORPHANED);
        assert_int_equal(census_count(c, VERDICT_ORPHANED), 1);
}

static void test_reused_number(void **state)
{
        _cleanup_(builder_freep) struct builder *b = new_builder();

        /* One namespace went and another got its number, all within one scan: whose the task was
         * cannot be told, so neither is an orphan. */
        emit(b, HOLDER_SOCKET, 10, 3, 100, 7);
        emit(b, HOLDER_SOCKET, 11, 3, 100, 9);
        emit(b, HOLDER_TASK, 12, -1, 100, 0);
        _cleanup_(census_freep) struct census *c = finish(b);
        assert_int_equal(c->n_namespaces, 2);
        assert_int_equal(census_count(c, VERDICT_ORPHANED), 0);
        assert_int_equal(c->namespaces[1].id.cookie, 9);
        assert_int_equal(c->namespaces[1].verdict, VERDICT_ATTACHED);
}

struct answer {
        bool doubt;
        uint64_t cookie;
        unsigned asked;
};

static bool doubts(const struct netns_identity *id, void *userdata)
{
        return ((struct answer *)userdata)->doubt;
}

static uint64_t ask(const struct netns *ns, void *userdata)
{
        struct answer *a = userdata;

        a->asked++;
        return a->cookie;
}

static void set_answer(struct builder *b, struct answer *a)
{
        builder_set_asker(b, &(struct builder_asker){.doubts = doubts, .ask = ask, .userdata = a});
}

static void test_reused_number_is_asked_about(void **state)
{
        /* The higher cookie is not the newer one. */
        for (uint64_t now = 7; now <= 9; now += 2) {
                _cleanup_(builder_freep) struct builder *b = new_builder();
                struct answer answer = {.cookie = now};

                set_answer(b, &answer);
                emit(b, HOLDER_SOCKET, 10, 3, 100, 7);
                emit(b, HOLDER_SOCKET, 11, 3, 100, 9);
                emit(b, HOLDER_TASK, 12, -1, 100, 0);
                _cleanup_(census_freep) struct census *c = finish(b);
                assert_int_equal(answer.asked, 1);
                /* The other one is gone: the number belongs to one at a time. */
                assert_int_equal(c->n_namespaces, 1);
                assert_int_equal(c->namespaces[0].id.cookie, now);
                assert_int_equal(c->namespaces[0].verdict, VERDICT_ATTACHED);
                assert_false(c->namespaces[0].disputed);
                assert_int_equal(netns_holder_count(&c->namespaces[0]), 2);
        }
}

static void test_number_of_a_former_orphan(void **state)
{
        for (unsigned doubt = 0; doubt < 2; doubt++) {
                _cleanup_(builder_freep) struct builder *b = new_builder();
                struct answer answer = {.doubt = doubt, .cookie = 9};

                set_answer(b, &answer);
                emit(b, HOLDER_SOCKET, 10, 3, 100, 7);
                emit(b, HOLDER_TASK, 12, -1, 100, 0);
                _cleanup_(census_freep) struct census *c = finish(b);
                assert_int_equal(answer.asked, doubt);
                assert_int_equal(c->n_namespaces, 1);
                assert_int_equal(c->namespaces[0].id.cookie, doubt ? 9 : 7);
        }
}

static void test_open_question_is_said(void **state)
{
        _cleanup_(builder_freep) struct builder *b = new_builder();
        struct answer answer = {};

        set_answer(b, &answer);
        emit(b, HOLDER_SOCKET, 10, 3, 100, 7);
        emit(b, HOLDER_SOCKET, 11, 3, 100, 9);
        emit(b, HOLDER_NSFS_FD, 12, 5, 100, 0);
        _cleanup_(census_freep) struct census *c = finish(b);
        assert_int_equal(c->n_namespaces, 2);
        for (size_t i = 0; i < 2; i++) {
                assert_true(c->namespaces[i].disputed);
                assert_int_equal(c->namespaces[i].verdict, VERDICT_PINNED);
                assert_true(verdict_is_partial(&c->namespaces[i], &c->coverage));
        }
        assert_int_equal(
                netns_holder_count(&c->namespaces[0]) + netns_holder_count(&c->namespaces[1]), 3);
        assert_true(c->coverage.gaps[GAP_UNSETTLED].count > 0);
}

static void test_two_orphans_with_one_number(void **state)
{
        _cleanup_(builder_freep) struct builder *b = new_builder();

        emit(b, HOLDER_SOCKET, 10, 3, 100, 7);
        emit(b, HOLDER_SOCKET, 11, 3, 100, 9);
        _cleanup_(census_freep) struct census *c = finish(b);
        assert_int_equal(census_count(c, VERDICT_ORPHANED), 2);
        const struct netns *first = census_find(c, &(struct netns_identity){100, 7, {}});
        const struct netns *second = census_find(c, &(struct netns_identity){100, 9, {}});
        assert_int_equal(first->holders[0].pid, 10);
        assert_int_equal(second->holders[0].pid, 11);
}

static void test_listed_are_the_first(void **state)
{
        struct {
                int step, start;
        } orders[] = {{1, 0}, {-1, 999}, {7, 3}};

        /* Whatever the order they come in, the same holders are listed, and all are counted. */
        for (size_t o = 0; o < ARRAY_SIZE(orders); o++) {
                _cleanup_(builder_freep) struct builder *b = new_builder();
                for (int i = 0, pid = orders[o].start; i < 1000; i++) {
                        emit(b, pid % 100 == 0 ? HOLDER_TASK : HOLDER_SOCKET, pid + 1, 3, 100, 0);
                        pid = (pid + orders[o].step + 1000) % 1000;
                }
                _cleanup_(census_freep) struct census *c = finish(b);
                const struct netns *ns = &c->namespaces[0];
                assert_int_equal(ns->n_holders, CENSUS_LISTED_MAX);
                assert_int_equal(ns->count[HOLDER_TASK], 10);
                assert_int_equal(netns_holder_count(ns), 1000);
                for (int i = 0; i < 10; i++) {
                        assert_int_equal(ns->holders[i].kind, HOLDER_TASK);
                        assert_int_equal(ns->holders[i].pid, i * 100 + 1);
                }
                assert_int_equal(ns->holders[10].pid, 2);
                assert_int_equal(ns->holders[CENSUS_LISTED_MAX - 1].pid, 55);
        }
}

static void emit_of(struct builder *b, pid_t pid, int fd, uid_t uid)
{
        struct holder h = HOLDER_OF(pid, pid, fd);

        h.kind = HOLDER_SOCKET;
        h.uid = uid;
        assert_int_equal(builder_emit(b, &(struct netns_identity){.inode = 100, .cookie = 7}, &h),
                         0);
}

static size_t listed_of(const struct netns *ns, pid_t pid)
{
        size_t n = 0;

        for (size_t i = 0; i < ns->n_holders; i++)
                n += ns->holders[i].pid == pid;
        return n;
}

static void test_many_fds_hide_no_other_process(void **state)
{
        _cleanup_(builder_freep) struct builder *b = new_builder();

        for (int fd = 0; fd < 500; fd++)
                emit_of(b, 10, fd, 65534);
        for (int fd = 0; fd < 500; fd++)
                emit_of(b, 11, fd, 65534);
        emit_of(b, 900, 3, 65534);
        _cleanup_(census_freep) struct census *c = finish(b);
        const struct netns *ns = &c->namespaces[0];
        assert_int_equal(ns->n_holders, CENSUS_LISTED_MAX);
        assert_int_equal(netns_holder_count(ns), 1001);
        assert_int_equal(listed_of(ns, 900), 1);
        assert_true(listed_of(ns, 10) >= 31 && listed_of(ns, 11) >= 31);
        /* Of each the lowest. */
        assert_int_equal(ns->holders[0].fd, 0);
        assert_int_equal(ns->holders[30].fd, 30);
}

static void test_many_processes_hide_no_other_user(void **state)
{
        _cleanup_(builder_freep) struct builder *b = new_builder();

        for (int pid = 1000; pid < 2000; pid++)
                emit_of(b, pid, 3, 65534);
        emit_of(b, 5000, 3, 0);
        emit_of(b, 5001, 3, 1000);
        _cleanup_(census_freep) struct census *c = finish(b);
        assert_int_equal(listed_of(&c->namespaces[0], 5000), 1);
        assert_int_equal(listed_of(&c->namespaces[0], 5001), 1);
}

/* The holders of 40 processes of 3 users, in an order given by @seed, by one of several walkers. */
static struct census *list_in_order(unsigned seed, unsigned n_walkers)
{
        enum { N = 40 * 25 };
        struct builder *walkers[4];
        unsigned order[N];

        for (unsigned i = 0; i < N; i++)
                order[i] = i;
        for (unsigned i = N - 1; i > 0; i--) {
                seed = seed * 1103515245 + 12345;
                unsigned k = (seed >> 8) % (i + 1), swap = order[i];
                order[i] = order[k];
                order[k] = swap;
        }
        for (unsigned i = 0; i < n_walkers; i++)
                walkers[i] = new_builder();
        for (unsigned i = 0; i < N; i++) {
                unsigned process = order[i] % 40, fd = order[i] / 40;
                struct builder *b = walkers[(process + fd) % n_walkers];
                if (fd < 1 + process / 2)
                        emit_of(b, (pid_t)(100 + process), (int)fd, process % 3);
                if (process % 7 == 0)
                        emit(b, HOLDER_NSFS_FD, (pid_t)(100 + process), (int)(100 + fd), 100, 0);
        }
        for (unsigned i = 1; i < n_walkers; i++) {
                assert_int_equal(builder_merge(walkers[0], walkers[i]), 0);
                builder_free(walkers[i]);
        }
        struct census *c = finish(walkers[0]);
        builder_free(walkers[0]);
        return c;
}

static void test_the_list_does_not_depend_on_order(void **state)
{
        _cleanup_(census_freep) struct census *first = list_in_order(1, 1);
        const struct netns *a = &first->namespaces[0];

        assert_int_equal(a->n_holders, CENSUS_LISTED_MAX);
        for (unsigned seed = 1; seed < 40; seed++) {
                _cleanup_(census_freep) struct census *c = list_in_order(seed, 1 + seed % 4);
                const struct netns *ns = &c->namespaces[0];
                assert_int_equal(ns->n_holders, CENSUS_LISTED_MAX);
                for (size_t i = 0; i < ns->n_holders; i++) {
                        assert_int_equal(ns->holders[i].kind, a->holders[i].kind);
                        assert_int_equal(ns->holders[i].pid, a->holders[i].pid);
                        assert_int_equal(ns->holders[i].fd, a->holders[i].fd);
                }
        }
}

static int emit_mapping(struct builder *b, pid_t pid, uid_t uid)
{
        static uint64_t n_sockets;
        struct holder h = HOLDER_OF(pid, pid, -1);

        h.socket_inode = ++n_sockets;
        h.kind = HOLDER_SOCKET_MAPPING;
        h.path = strdup("x");
        builder_charge(b, pid, uid);
        return builder_emit_unresolved(b, &h);
}

static void test_unresolved_have_shares(void **state)
{
        _cleanup_(builder_freep) struct builder *a = new_builder(), *b = new_builder();

        for (int i = 0; i < 50000; i++)
                assert_int_equal(emit_mapping(i % 2 ? a : b, 1000 + i % 10, 65534), 0);
        assert_int_equal(emit_mapping(b, 900, 1000), 0);
        assert_int_equal(builder_merge(a, b), 0);
        assert_int_equal(emit_mapping(a, 901, 1001), 0);
        _cleanup_(census_freep) struct census *c = finish(a);
        /* All are counted, and each process is known not to have been seen whole. */
        assert_int_equal(c->coverage.unresolved_holders, 50002);
        assert_int_equal(c->coverage.gaps[GAP_HOLDER_UNRESOLVED].count, 50002);
        assert_int_equal(c->n_blind, 12);
        assert_int_equal(c->n_unresolved, UNRESOLVED_EACH + 2);
        assert_int_equal(c->unresolved[0].pid, 900);
        assert_int_equal(c->unresolved[1].pid, 901);
        assert_int_equal(c->n_shares, 1);
        assert_string_equal(c->shares[0].name, "uid 65534");
        assert_int_equal(c->shares[0].unlisted, 50000 - UNRESOLVED_EACH);
}

static void test_would_be_listed(void **state)
{
        _cleanup_(builder_freep) struct builder *b = new_builder();
        const struct netns_identity id = {.inode = 100, .cookie = 7};
        struct holder h = HOLDER_OF(10, 10, 500);

        h.kind = HOLDER_SOCKET;
        assert_true(builder_lists(b, &id, &h));
        for (int i = 0; i < CENSUS_LISTED_MAX; i++) {
                assert_true(builder_lists(b, &id, &h));
                emit(b, HOLDER_SOCKET, 10, 100 + i, 100, 7);
        }
        assert_false(builder_lists(b, &id, &h));
        h.fd = 99;
        assert_true(builder_lists(b, &id, &h));
}

/* However many others are in it, stray threads are listed, and counted. */
static void test_stray_threads_are_listed(void **state)
{
        for (int merged = 0; merged < 2; merged++) {
                struct builder *b = builder_new(), *more = builder_new();
                struct census *c = calloc(1, sizeof(*c));
                unsigned n = 0;

                for (pid_t tid = 1; tid <= 1000; tid++) {
                        struct holder h = HOLDER_OF(1 + tid / 2, tid, -1);
                        h.kind = HOLDER_TASK;
                        h.uid = (uid_t)tid % 7;
                        h.home_inode = tid % 100 == 0 ? 4999 : 0;
                        assert_int_equal(builder_emit(merged && tid > 500 ? more : b,
                                                      &(struct netns_identity){.inode = 4000}, &h),
                                         0);
                }
                assert_int_equal(builder_merge(b, more), 0);
                assert_int_equal(builder_judge(b), 0);
                assert_int_equal(builder_finish(b, c), 0);
                assert_int_equal(c->namespaces[0].strays, 10);
                assert_int_equal(c->namespaces[0].n_holders, CENSUS_LISTED_MAX);
                for (size_t i = 0; i < CENSUS_LISTED_MAX; i++)
                        n += c->namespaces[0].holders[i].home_inode == 4999;
                assert_int_equal(n, 10);
                census_free(c);
                builder_free(more);
                builder_free(b);
        }
}

static void test_unlist_attached(void **state)
{
        _cleanup_(builder_freep) struct builder *b = new_builder();

        emit(b, HOLDER_SOCKET, 10, 3, 100, 7);
        emit(b, HOLDER_TASK, 11, -1, 100, 0);
        emit(b, HOLDER_SOCKET, 12, 3, 200, 8);
        _cleanup_(census_freep) struct census *c = finish(b);
        census_unlist_attached(c);
        assert_int_equal(c->namespaces[0].verdict, VERDICT_ATTACHED);
        assert_int_equal(c->namespaces[0].n_holders, 0);
        assert_int_equal(netns_holder_count(&c->namespaces[0]), 2);
        assert_int_equal(c->namespaces[1].n_holders, 1);
}

static void test_merge(void **state)
{
        _cleanup_(builder_freep) struct builder *a = new_builder(), *b = new_builder();
        struct holder h = HOLDER_OF(9, 9, 4);

        emit(a, HOLDER_SOCKET, 10, 3, 100, 7);
        emit(b, HOLDER_SOCKET, 11, 3, 100, 7);
        emit(b, HOLDER_NSFS_FD, 11, 5, 200, 0);
        builder_coverage(a)->processes = 2;
        builder_coverage(b)->processes = 3;
        builder_gap(a, GAP_PROCESS_UNREADABLE, 30, EPERM);
        builder_gap(b, GAP_PROCESS_UNREADABLE, 20, -EACCES);
        builder_gap(b, GAP_FD_REFUSED, 20, EPERM);
        h.kind = HOLDER_SOCKET_MAPPING;
        assert_int_equal(builder_emit_unresolved(b, &h), 0);
        assert_int_equal(builder_merge(a, b), 0);
        _cleanup_(census_freep) struct census *c = finish(a);
        assert_int_equal(c->n_namespaces, 2);
        assert_int_equal(c->namespaces[0].count[HOLDER_SOCKET], 2);
        assert_int_equal(c->namespaces[1].verdict, VERDICT_PINNED);
        assert_int_equal(c->coverage.processes, 5);
        assert_int_equal(c->coverage.gaps[GAP_PROCESS_UNREADABLE].count, 2);
        assert_int_equal(c->coverage.gaps[GAP_PROCESS_UNREADABLE].first_pid, 20);
        assert_int_equal(c->coverage.gaps[GAP_PROCESS_UNREADABLE].first_errnum, EACCES);
        assert_int_equal(c->coverage.unresolved_holders, 1);
        /* The holder that stayed unresolved makes its process a blind one, too. */
        assert_int_equal(c->n_blind, 3);
        assert_int_equal(c->blind[0].pid, 9);
        assert_int_equal(c->blind[1].pid, 20);
        assert_int_equal(c->blind[1].gaps, 1u << GAP_PROCESS_UNREADABLE | 1u << GAP_FD_REFUSED);
        assert_int_equal(c->blind[2].pid, 30);
}

static void test_confirm(void **state)
{
        _cleanup_(builder_freep) struct builder *b = new_builder(), *second = new_builder();
        _cleanup_free_ struct netns **orphans = NULL;
        size_t n;

        emit(b, HOLDER_SOCKET, 10, 3, 100, 7);
        emit(b, HOLDER_SOCKET, 10, 4, 200, 8);
        emit(b, HOLDER_SOCKET, 10, 5, 300, 9);
        emit(b, HOLDER_TASK, 10, -1, 300, 0);
        assert_int_equal(builder_judge(b), 0);
        assert_int_equal(builder_orphans(b, &orphans, &n), 0);
        assert_int_equal(n, 2);

        emit(second, HOLDER_TASK, 55, -1, 200, 0);
        emit(second, HOLDER_TASK, 55, -1, 300, 0);
        emit(second, HOLDER_TASK, 56, -1, 400, 0);
        assert_int_equal(builder_judge(second), 0);
        assert_int_equal(builder_recheck(b, second), 0);
        _cleanup_(census_freep) struct census *c = finish(b);
        assert_int_equal(c->n_namespaces, 3); /* what is new is for the next scan */
        assert_int_equal(c->namespaces[0].verdict, VERDICT_ORPHANED);
        assert_int_equal(c->namespaces[1].verdict, VERDICT_ATTACHED);
        assert_int_equal(c->namespaces[1].holders[0].pid, 55);
        assert_int_equal(c->namespaces[2].count[HOLDER_TASK], 1); /* and not twice */
}

static void test_confirm_counts_once(void **state)
{
        _cleanup_(builder_freep) struct builder *b = new_builder(), *second = new_builder();
        struct answer answer = {.cookie = 7};

        set_answer(b, &answer);
        emit(b, HOLDER_SOCKET, 10, 3, 100, 7);
        emit(b, HOLDER_TUN, 10, 4, 100, 0);
        emit(b, HOLDER_SOCKET, 10, 5, 200, 8);
        assert_int_equal(builder_judge(b), 0);
        /* A walk, and passes over the tasks until they hold still. */
        for (int i = 0; i < 3; i++) {
                emit(second, HOLDER_TASK, 55, -1, 100, 0);
                emit(second, HOLDER_TUN, 10, 4, 100, 0);
                emit(second, HOLDER_NSFS_MOUNT, 0, -1, 100, 0);
                emit(second, HOLDER_NSFS_FD, 56, 7, 200, 0);
        }
        assert_int_equal(builder_recheck(b, second), 0);
        _cleanup_(census_freep) struct census *c = finish(b);
        assert_int_equal(c->n_namespaces, 2);
        assert_int_equal(netns_holder_count(&c->namespaces[0]), 4);
        assert_int_equal(c->namespaces[0].n_holders, 4);
        assert_int_equal(c->namespaces[0].count[HOLDER_TUN], 1);
        assert_int_equal(netns_holder_count(&c->namespaces[1]), 2);
        assert_int_equal(c->namespaces[1].verdict, VERDICT_PINNED);
}

static void test_confirm_of_a_number_taken_over(void **state)
{
        _cleanup_(builder_freep) struct builder *b = new_builder(), *second = new_builder();
        struct answer answer = {.doubt = true, .cookie = 9};

        set_answer(b, &answer);
        emit(b, HOLDER_SOCKET, 10, 3, 100, 7);
        assert_int_equal(builder_judge(b), 0);
        emit(second, HOLDER_TASK, 55, -1, 100, 0);
        assert_int_equal(builder_recheck(b, second), 0);
        _cleanup_(census_freep) struct census *c = finish(b);
        assert_int_equal(c->n_namespaces, 0);
}

static void test_learned_cookie(void **state)
{
        _cleanup_(builder_freep) struct builder *b = new_builder();
        struct netns_facts facts = {.cookie = 77, .has_owner = true, .owner_userns = 5};

        emit(b, HOLDER_NSFS_FD, 10, 3, 100, 0);
        builder_learn(b, &(struct netns_identity){.inode = 100}, &facts);
        builder_learn(b, &(struct netns_identity){.inode = 999}, &facts);
        _cleanup_(census_freep) struct census *c = finish(b);
        assert_int_equal(c->n_namespaces, 1);
        assert_int_equal(c->namespaces[0].id.cookie, 77);
        assert_true(c->namespaces[0].has_owner);
        assert_int_equal(c->namespaces[0].owner_userns, 5);
}

static void test_resolve(void **state)
{
        _cleanup_(builder_freep) struct builder *b = new_builder();

        for (int i = 0; i < 3; i++) {
                struct holder h = HOLDER_OF(10 + i, 10 + i, -1);
                h.kind = HOLDER_SOCKET_MAPPING;
                h.path = strdup("x");
                assert_int_equal(builder_emit_unresolved(b, &h), 0);
        }
        assert_int_equal(builder_resolve(b, 1,
                                         &(struct netns_identity){
                                                 .nameless = {.file_inode = 42,
                                                              .pid = 11,
                                                              .kind = HOLDER_SOCKET_MAPPING}}),
                         0);
        _cleanup_(census_freep) struct census *c = finish(b);
        assert_int_equal(c->n_unresolved, 2);
        assert_int_equal(c->unresolved[0].pid, 10);
        assert_int_equal(c->unresolved[1].pid, 12);
        assert_int_equal(c->namespaces[0].id.nameless.file_inode, 42);
        assert_int_equal(c->namespaces[0].holders[0].pid, 11);
        assert_int_equal(c->namespaces[0].verdict, VERDICT_ORPHANED);
}

/* A process may hold one file in thousands of ways: it is one holder. */
static void test_unresolved_once(void **state)
{
        static const struct {
                uint64_t socket, file;
                pid_t pid;
                int fd;
        } holders[] = {
                {7, 0, 10, 3}, {7, 0, 10, 4}, {7, 0, 11, 3}, {0, 7, 10, 3},
                {0, 7, 10, 3}, {0, 0, 10, 3}, {0, 0, 10, 4}, {0, 0, 10, 4},
        };
        _cleanup_(builder_freep) struct builder *b = new_builder();
        _cleanup_(builder_freep) struct builder *other = new_builder();

        for (size_t i = 0; i < 10000; i++)
                for (size_t j = 0; j < ARRAY_SIZE(holders); j++) {
                        struct holder h = HOLDER_OF(holders[j].pid, holders[j].pid, holders[j].fd);
                        h.kind = HOLDER_IO_URING_FILE;
                        h.socket_inode = holders[j].socket;
                        h.file_inode = holders[j].file;
                        h.path = strdup("x");
                        assert_int_equal(builder_emit_unresolved(i % 2 ? b : other, &h), 0);
                }
        assert_int_equal(builder_merge(b, other), 0);
        builder_drop(b, 0);
        _cleanup_(census_freep) struct census *c = finish(b);
        assert_int_equal(c->n_unresolved, 4);
        assert_int_equal(c->coverage.unresolved_holders, 4);
        assert_int_equal(c->coverage.gaps[GAP_HOLDER_UNRESOLVED].count, 4);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_task_and_socket_meet),
                cmocka_unit_test(test_reused_number),
                cmocka_unit_test(test_reused_number_is_asked_about),
                cmocka_unit_test(test_number_of_a_former_orphan),
                cmocka_unit_test(test_open_question_is_said),
                cmocka_unit_test(test_two_orphans_with_one_number),
                cmocka_unit_test(test_listed_are_the_first),
                cmocka_unit_test(test_many_fds_hide_no_other_process),
                cmocka_unit_test(test_many_processes_hide_no_other_user),
                cmocka_unit_test(test_the_list_does_not_depend_on_order),
                cmocka_unit_test(test_unresolved_have_shares),
                cmocka_unit_test(test_would_be_listed),
                cmocka_unit_test(test_stray_threads_are_listed),
                cmocka_unit_test(test_unlist_attached),
                cmocka_unit_test(test_merge),
                cmocka_unit_test(test_confirm),
                cmocka_unit_test(test_confirm_counts_once),
                cmocka_unit_test(test_confirm_of_a_number_taken_over),
                cmocka_unit_test(test_learned_cookie),
                cmocka_unit_test(test_resolve),
                cmocka_unit_test(test_unresolved_once),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
