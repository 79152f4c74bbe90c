/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "report/json-ledger.h"
#include "report/json.h"
#include "test-birth.h"

static struct process docker_proxy = {.pid = 3530,
                                      .start_ticks = 99,
                                      .comm = (char *)"docker-proxy",
                                      .unit = (char *)"docker.service"};

static struct holder route_socket = {
        .kind = HOLDER_SOCKET,
        .pid = 3530,
        .tid = 3530,
        .fd = 3,
        .socket_inode = 8628,
        .family = 16,
        .type = 3,
        .protocol = 0,
        .process = &docker_proxy,
};

static struct netns orphan = {
        .id = {.inode = 4026532177, .cookie = 4102},
        .verdict = VERDICT_ORPHANED,
        .count = {[HOLDER_SOCKET] = 1},
        .holders = &route_socket,
        .n_holders = 1,
};

static void assert_json(json_t *value, const char *expected)
{
        char *text = json_dumps(value, JSON_COMPACT);
        assert_non_null(text);
        assert_string_equal(text, expected);
        free(text);
}

/* The example in the documentation, key by key and in that order. */
static void test_namespace(void **state)
{
        json_auto_t *j = json_netns(&orphan);
        assert_json(j, "{\"inode\":4026532177,\"cookie\":4102,\"verdict\":\"orphaned\",\"holders\":"
                       "[{\"kind\":\"socket\",\"pid\":3530,\"tid\":3530,\"fd\":3,"
                       "\"comm\":\"docker-proxy\",\"unit\":\"docker.service\",\"socketInode\":8628,"
                       "\"family\":\"netlink\",\"type\":\"raw\",\"protocol\":\"route\"}],"
                       "\"holderCount\":1}");
}

static void test_absent_facts_are_absent(void **state)
{
        const struct holder mount = {.kind = HOLDER_NSFS_MOUNT,
                                     .fd = -1,
                                     .family = -1,
                                     .type = -1,
                                     .protocol = -1,
                                     .path = (char *)"/run/netns/blue"};
        json_auto_t *j = json_holder(&mount);
        assert_json(j, "{\"kind\":\"nsfs_mount\",\"path\":\"/run/netns/blue\"}");

        const struct netns named = {
                .id = {.inode = 5}, .verdict = VERDICT_PINNED, .empty = true, .unnamed = false};
        json_auto_t *p = json_netns(&named);
        assert_json(p, "{\"inode\":5,\"verdict\":\"pinned\",\"empty\":true,\"holders\":[],"
                       "\"holderCount\":0}");

        const struct netns nameless = {.id = {.nameless = {70, 8775, 411, HOLDER_SOCKET_MAPPING}},
                                       .verdict = VERDICT_ORPHANED,
                                       .partial = true,
                                       .has_owner = true,
                                       .owner_uid = 0};
        json_auto_t *n = json_netns(&nameless);
        assert_json(n, "{\"nameless\":{\"pid\":411,\"startTicks\":70,\"fileInode\":8775,"
                       "\"kind\":\"socket_mapping\"},\"verdict\":\"orphaned\",\"partial\":true,"
                       "\"ownerUID\":0,\"holders\":[],\"holderCount\":0}");
}

static void test_numbers_without_a_name(void **state)
{
        struct holder odd = route_socket;
        odd.family = 255;
        odd.type = 99;
        odd.protocol = 250;
        json_auto_t *j = json_holder(&odd);
        assert_string_equal(json_string_value(json_object_get(j, "family")), "255");
        assert_string_equal(json_string_value(json_object_get(j, "type")), "99");
        assert_string_equal(json_string_value(json_object_get(j, "protocol")), "250");
}

static void test_in_flight(void **state)
{
        struct holder h = route_socket;
        h.kind = HOLDER_SOCKET_IN_FLIGHT;
        h.carried = HOLDER_TUN;
        h.depth = 2;
        json_auto_t *j = json_holder(&h);
        assert_string_equal(json_string_value(json_object_get(j, "kind")), "socket_in_flight");
        assert_string_equal(json_string_value(json_object_get(j, "carried")), "tun");
        assert_int_equal(json_integer_value(json_object_get(j, "depth")), 2);
}

static void test_birth_of_a_socket(void **state)
{
        struct holder h = route_socket;
        struct birth *b = h.birth = test_birth();

        h.socket_cookie = 700;
        b->accepted = true;
        while (b->n_frames > 1) {
                free(b->frames[--b->n_frames].function);
                free(b->frames[b->n_frames].file);
        }
        test_frame(b, NULL, "/a", 1, "00ff");
        test_frame(b, NULL, NULL, UINT64_MAX, "");
        json_auto_t *j = json_holder(&h);
        assert_json(json_object_get(j, "birth"),
                    "{\"pid\":812,\"tid\":815,\"startTicks\":500,\"comm\":\"dockerd\","
                    "\"thread\":\"creator\",\"unit\":\"docker.service\",\"uid\":0,"
                    "\"openedUSec\":1699740800000000,\"accepted\":true,\"frames\":["
                    "{\"function\":\"syscall.RawSyscall.abi0\",\"file\":\"/usr/bin/dockerd\","
                    "\"offset\":4660},{\"file\":\"/a\",\"offset\":1,\"buildId\":\"00ff\"},{}]}");
        assert_int_equal(json_integer_value(json_object_get(j, "socketCookie")), 700);
        /* What is not known is missing. */
        h.birth = birth_new();
        h.birth->uid = UID_UNKNOWN;
        json_auto_t *bare = json_holder(&h);
        assert_json(json_object_get(bare, "birth"), "{\"frames\":[]}");
        birth_unref(h.birth);
        birth_unref(b);
}

static void test_census(void **state)
{
        struct coverage coverage = {.tasks_complete = true,
                                    .processes = 81,
                                    .unreadable_processes = 1,
                                    .gaps = {[GAP_PROCESS_UNREADABLE] = {1, 1, EACCES}}};
        struct census c = {.start_usec = 1700000000000000,
                           .duration_usec = 1234,
                           .source = "procfs",
                           .coverage = coverage,
                           .namespaces = &orphan,
                           .n_namespaces = 1};
        json_auto_t *j = json_census(&c);

        assert_int_equal(json_integer_value(json_object_get(j, "version")), 2);
        assert_true(json_is_string(json_object_get(json_object_get(j, "host"), "kernel")));
        assert_int_equal(json_string_length(json_object_get(json_object_get(j, "host"), "bootId")),
                         32);
        assert_json(json_object_get(j, "scan"), "{\"startUSec\":1700000000000000,"
                                                "\"durationUSec\":1234,\"source\":\"procfs\"}");
        json_t *cov = json_object_get(j, "coverage");
        assert_true(json_is_false(json_object_get(cov, "complete")));
        assert_true(json_is_true(json_object_get(cov, "tasksComplete")));
        assert_int_equal(json_integer_value(json_object_get(cov, "processes")), 81);
        assert_json(json_object_get(cov, "gaps"),
                    "[{\"kind\":\"process_unreadable\",\"count\":1}]");
        json_t *reasons = json_object_get(cov, "reasons");
        assert_int_equal(json_array_size(reasons), 1);
        assert_non_null(strstr(json_string_value(json_array_get(reasons, 0)), "pid 1"));
        assert_int_equal(json_array_size(json_object_get(j, "namespaces")), 1);
        assert_int_equal(json_array_size(json_object_get(j, "unresolved")), 0);
}

static void test_ledger_entry(void **state)
{
        struct ledger_entry entry = {.id = orphan.id,
                                     .state = LEDGER_LEAKED,
                                     .first_seen_usec = 100,
                                     .leaked_usec = 200,
                                     .n_censuses = 3,
                                     .n_holders_total = 1,
                                     .holders = orphan.holders,
                                     .n_holders = 1};
        const struct history_entry history = {.facts = {.manager = (char *)"podman",
                                                        .name = (char *)"web",
                                                        .command = (char *)"nginx"},
                                              .last_seen_usec = 90};
        json_auto_t *seen = json_ledger_netns(&orphan, &entry, &history);
        json_auto_t *alone = json_ledger_entry(&entry, &history, 4);

        /* Told from the census or from the ledger alone, it is the same namespace. */
        assert_true(json_equal(seen, alone));
        assert_string_equal(json_string_value(json_object_get(seen, "state")), "leaked");
        assert_int_equal(json_integer_value(json_object_get(seen, "sinceUSec")), 100);
        assert_null(json_object_get(seen, "ignored"));
        const json_t *whose = json_object_get(seen, "history");
        assert_string_equal(json_string_value(json_object_get(whose, "containerManager")),
                            "podman");
        assert_string_equal(json_string_value(json_object_get(whose, "containerName")), "web");
        assert_string_equal(json_string_value(json_object_get(whose, "comm")), "nginx");
        assert_int_equal(json_integer_value(json_object_get(whose, "lastTaskUSec")), 90);
        assert_null(json_object_get(whose, "unit"));
        assert_null(json_object_get(whose, "claimed"));

        entry.state = LEDGER_NONE;
        entry.ending = LEDGER_ENDING_PINNED;
        json_auto_t *ended = json_ledger_entry(&entry, NULL, 0);
        assert_string_equal(json_string_value(json_object_get(ended, "verdict")), "pinned");
        assert_null(json_object_get(ended, "state"));
        assert_null(json_object_get(ended, "history"));
        assert_int_equal(json_array_size(json_object_get(ended, "holders")), 0);
        assert_int_equal(json_integer_value(json_object_get(ended, "holderCount")), 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_namespace),
                cmocka_unit_test(test_absent_facts_are_absent),
                cmocka_unit_test(test_numbers_without_a_name),
                cmocka_unit_test(test_in_flight),
                cmocka_unit_test(test_birth_of_a_socket),
                cmocka_unit_test(test_census),
                cmocka_unit_test(test_ledger_entry),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
