/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "nsorphanctl/decode.h"
#include "report/json.h"

static json_t *parse(const char *text)
{
        json_error_t e;
        json_t *value = json_loads(text, JSON_ALLOW_NUL, &e);

        assert_non_null(value);
        return value;
}

/* A reply to List with one namespace of these keys. */
static int list(const char *members, struct view_list *ret, struct error *error)
{
        char text[4096];

        (void)snprintf(text, sizeof(text), "{\"namespaces\":[{%s}]}", members);
        json_auto_t *reply = parse(text);
        *ret = (struct view_list){};
        return decode_namespaces(reply, ret, error);
}

static void assert_refused(const char *members, const char *sentence)
{
        struct view_list read;
        struct error error = {};

        assert_int_equal(list(members, &read, &error), -EPROTO);
        assert_string_equal(error.text, sentence);
        view_list_clear(&read);
}

#define NONSENSE "nsorphand's answer was not understood: "

static void test_namespaces(void **state)
{
        struct view_list read;

        assert_int_equal(
                list("\"inode\":4026532177,\"cookie\":4102,\"verdict\":\"orphaned\","
                     "\"partial\":true,\"partialReason\":\"1 process hides\",\"ownerUID\":0,"
                     "\"holderCount\":70,\"state\":\"leaked\",\"ignored\":true,"
                     "\"unconfirmed\":true,\"sinceUSec\":5,\"leakedUSec\":6,\"ofTomorrow\":[{}],"
                     "\"holders\":[{\"kind\":\"socket\",\"pid\":411,\"tid\":412,\"fd\":3,"
                     "\"comm\":\"a\\\\x1bb\",\"unit\":\"x.service\",\"socketInode\":8628,"
                     "\"family\":\"netlink\",\"type\":\"raw\",\"protocol\":\"route\"},"
                     "{\"kind\":\"socket_in_flight\",\"carried\":\"tun\",\"device\":\"tun0\"},"
                     "{\"kind\":\"nsfs_mount\",\"path\":\"/run/netns/x\",\"pid\":null}]",
                     &read, NULL),
                0);
        assert_int_equal(read.n, 1);
        const struct view_netns *ns = &read.namespaces[0];
        assert_int_equal(ns->id.inode, 4026532177);
        assert_int_equal(ns->id.cookie, 4102);
        assert_false(netns_is_nameless(&ns->id));
        assert_int_equal(ns->verdict, VERDICT_ORPHANED);
        assert_true(ns->partial && ns->ignored && ns->unconfirmed);
        assert_string_equal(ns->partial_reason, "1 process hides");
        assert_true(ns->has_owner);
        assert_int_equal(ns->owner_uid, 0);
        assert_int_equal(ns->n_holders_total, 70);
        assert_int_equal(ns->state, LEDGER_LEAKED);
        assert_int_equal(ns->since_usec, 5);
        assert_int_equal(ns->leaked_usec, 6);
        assert_int_equal(ns->n_holders, 3);
        const struct holder *h = ns->holders;
        assert_int_equal(h[0].kind, HOLDER_SOCKET);
        assert_int_equal(h[0].tid, 412);
        assert_int_equal(h[0].fd, 3);
        assert_string_equal(holder_comm(&h[0]), "a\\x1bb");
        assert_string_equal(holder_unit(&h[0]), "x.service");
        assert_int_equal(h[0].socket_inode, 8628);
        assert_int_equal(h[0].family, AF_NETLINK);
        assert_int_equal(h[0].type, SOCK_RAW);
        assert_int_equal(h[0].protocol, 0);
        assert_int_equal(h[1].carried, HOLDER_TUN);
        assert_int_equal(h[1].fd, -1);
        assert_int_equal(h[1].family, -1);
        assert_string_equal(h[1].device, "tun0");
        assert_string_equal(h[2].path, "/run/netns/x");
        assert_null(h[2].process);
        view_list_clear(&read);
}

/* What the daemon's writer writes is what comes out here. */
static void test_what_is_written_is_read(void **state)
{
        struct process p = {.pid = 411, .comm = (char *)"leaker", .unit = (char *)"x.service"};
        struct holder holders[_HOLDER_KIND_MAX * 2] = {};
        struct netns ns = {.id = {.nameless = {70, 8, 411, HOLDER_PROC_NET_FILE}},
                           .verdict = VERDICT_PINNED,
                           .holders = holders,
                           .count = {[HOLDER_TUN] = 9}};
        struct view_netns read = {};
        struct error error = {};

        for (enum holder_kind k = HOLDER_NONE + 1; k < _HOLDER_KIND_MAX; k++) {
                struct holder *h = &holders[ns.n_holders++];
                *h = HOLDER_OF(411, 411, (int)k);
                h->kind = k;
                h->process = &p;
                h->family = (int)k * 2;
                h->type = (int)k % 12;
                h->protocol = (int)k * 3;
                h->carried = k == HOLDER_SOCKET_IN_FLIGHT ? HOLDER_SOCKET : HOLDER_NONE;
                h = &holders[ns.n_holders++];
                *h = HOLDER_OF(0, 0, -1);
                h->kind = k;
                h->path = (char *)"/a\\x0a";
                h->device = (char *)"tun0";
        }
        json_auto_t *reply = json_pack("{so}", "namespace", json_netns(&ns));
        assert_int_equal(decode_netns(reply, &read, &error), 0);
        assert_true(netns_identity_equal(&read.id, &ns.id));
        assert_int_equal(read.verdict, VERDICT_PINNED);
        assert_false(read.has_owner);
        assert_int_equal(read.n_holders_total, 9);
        assert_int_equal(read.n_holders, ns.n_holders);
        for (size_t i = 0; i < ns.n_holders; i++)
                assert_true(holder_equal(&read.holders[i], &holders[i]));
        view_netns_clear(&read);

        /* A scan's own is the same. */
        assert_int_equal(view_netns_from_census(&read, &ns), 0);
        for (size_t i = 0; i < ns.n_holders; i++)
                assert_true(holder_equal(&read.holders[i], &holders[i]));
        view_netns_clear(&read);
}

static void test_other_types(void **state)
{
        assert_refused("\"holderCount\":1", NONSENSE "\"verdict\" of a namespace is missing");
        assert_refused("\"verdict\":\"lost\"",
                       NONSENSE "\"verdict\" of a namespace must be one of its words");
        assert_refused("\"verdict\":7",
                       NONSENSE "\"verdict\" of a namespace must be one of its words");
#define ORPHAN "\"verdict\":\"orphaned\","
        assert_refused(ORPHAN "\"inode\":\"5\"",
                       NONSENSE "\"inode\" of a namespace must be a whole number from 0");
        assert_refused(ORPHAN "\"inode\":-1",
                       NONSENSE "\"inode\" of a namespace must be a whole number from 0");
        assert_refused(ORPHAN "\"cookie\":1.5",
                       NONSENSE "\"cookie\" of a namespace must be a whole number from 0");
        assert_refused(ORPHAN "\"ownerUID\":4294967296", NONSENSE
                       "\"ownerUID\" of a namespace must be a whole number from 0 to 4294967295");
        assert_refused(ORPHAN "\"partial\":1",
                       NONSENSE "\"partial\" of a namespace must be true or false");
        assert_refused(ORPHAN "\"holders\":5", NONSENSE "\"holders\" must be an array");
        assert_refused(ORPHAN "\"holders\":{}", NONSENSE "\"holders\" must be an array");
        assert_refused(ORPHAN "\"holders\":[7]", NONSENSE "a holder must be an object");
        assert_refused(ORPHAN "\"holders\":[null]", NONSENSE "a holder must be an object");
        assert_refused(ORPHAN "\"holders\":[{}]", NONSENSE "\"kind\" of a holder is missing");
        assert_refused(ORPHAN "\"nameless\":[]", NONSENSE "\"nameless\" must be an object");
        assert_refused(ORPHAN "\"nameless\":{\"pid\":-5}",
                       NONSENSE "\"pid\" of a nameless namespace must be a whole number from 0 to "
                                "2147483647");
#define HOLDER(members) ORPHAN "\"holders\":[{\"kind\":\"tun\"},{\"kind\":\"tun\"," members "}]"
        assert_refused(HOLDER("\"pid\":2147483648"),
                       NONSENSE "\"pid\" of a holder must be a whole number from 0 to 2147483647");
        assert_refused(HOLDER("\"fd\":-1"),
                       NONSENSE "\"fd\" of a holder must be a whole number from 0 to 2147483647");
        assert_refused(HOLDER("\"family\":16"),
                       NONSENSE "\"family\" of a holder must be a string of printable characters");
}

/* Whatever of it were printed would do something to a terminal, or to a line. */
static void test_strings_that_are_not_safe(void **state)
{
        static const char *const bad[] = {"\\u001b[31m", "a\\nb",   "a\\u0000b", "\\u007f",
                                          "\\u009b31m",  "\\u202e", "\\r"};
        static const char *const good[] = {"", "\u00e9\u20ac", "\\\\", "a\\\\x1bb", "a b\\\""};
        char members[256];
        struct view_list read;

        for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
                (void)snprintf(members, sizeof(members), HOLDER("\"comm\":\"%s\""), bad[i]);
                assert_refused(members, NONSENSE "\"comm\" of a holder must be a string of "
                                                 "printable characters");
        }
        for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
                (void)snprintf(members, sizeof(members), HOLDER("\"comm\":\"%s\""), good[i]);
                assert_int_equal(list(members, &read, NULL), 0);
                view_list_clear(&read);
        }
}

/* A later daemon has more kinds and states; they are holders and namespaces all the same. */
static void test_words_of_tomorrow(void **state)
{
        struct view_list read;

        assert_int_equal(list(ORPHAN "\"state\":\"lost\",\"holders\":[{\"kind\":\"of-tomorrow\","
                                     "\"family\":\"of-tomorrow\",\"type\":\"99999999999\"}]",
                              &read, NULL),
                         0);
        assert_int_equal(read.namespaces[0].state, LEDGER_NONE);
        assert_int_equal(read.namespaces[0].holders[0].kind, HOLDER_NONE);
        assert_int_equal(read.namespaces[0].holders[0].family, -1);
        assert_int_equal(read.namespaces[0].holders[0].type, -1);
        view_list_clear(&read);
}

/* Replies that are no object, or hold none where one must be. */
static void test_replies(void **state)
{
        static const char *const replies[] = {"{}", "[]", "{\"namespace\":1}",
                                              "{\"inspection\":[]}", "{\"text\":[]}"};

        for (size_t i = 0; i < ARRAY_SIZE(replies); i++) {
                json_auto_t *reply = parse(replies[i]);
                struct view_netns ns = {};
                struct view_inspection inspection = {};
                struct view_event event = {};
                struct error error = {};
                char *text = NULL;

                assert_int_equal(decode_netns(reply, &ns, &error), -EPROTO);
                assert_string_equal(error.text, NONSENSE "a namespace must be an object");
                assert_int_equal(decode_inspection(reply, &inspection, &error), -EPROTO);
                assert_int_equal(decode_event(reply, &event, &error), -EPROTO);
                assert_int_equal(decode_metrics(reply, &text, &error), -EPROTO);
                assert_null(text);
                view_netns_clear(&ns);
                view_inspection_clear(&inspection);
                view_event_clear(&event);
        }
}

static void test_inspection(void **state)
{
        json_auto_t *reply = parse(
                "{\"inspection\":{\"holders\":7,\"interfaces\":[{\"name\":\"lo\",\"addresses\":[]},"
                "{\"name\":\"eth0\",\"kind\":\"veth\",\"addresses\":[\"10.0.0.2/24\",\"fd00::2/64\"],"
                "\"peer\":{\"name\":\"veth7\",\"here\":true,\"master\":\"br7\"}}],"
                "\"listening\":[{\"protocol\":\"tcp\",\"address\":\"0.0.0.0:80\"}],"
                "\"insideError\":\"x\"}}");
        json_auto_t *bad = parse(
                "{\"inspection\":{\"interfaces\":[{\"name\":\"a\",\"addresses\":[\"b\",5]}]}}");
        struct view_inspection read = {};
        struct error error = {};

        assert_int_equal(decode_inspection(reply, &read, &error), 0);
        assert_int_equal(read.n_links, 2);
        assert_false(read.links[0].has_peer);
        assert_null(read.links[0].kind);
        assert_int_equal(read.links[1].addresses.n, 2);
        assert_string_equal(read.links[1].addresses.list[1], "fd00::2/64");
        assert_true(read.links[1].has_peer && read.links[1].peer.here);
        assert_string_equal(read.links[1].peer.master, "br7");
        assert_string_equal(read.listeners[0].address, "0.0.0.0:80");
        assert_string_equal(read.inside_error, "x");
        view_inspection_clear(&read);

        assert_int_equal(decode_inspection(bad, &read, &error), -EPROTO);
        assert_string_equal(error.text,
                            NONSENSE "\"addresses\" must be a string of printable characters");
        view_inspection_clear(&read);
}

static void test_status(void **state)
{
        json_auto_t *reply = parse(
                "{\"version\":\"1\",\"pid\":7,\"intervalUSec\":60,\"nextScanUSec\":9,\"error\":\"e\","
                "\"scan\":{\"startUSec\":1,\"durationUSec\":2,\"source\":\"bpf\"},"
                "\"coverage\":{\"complete\":false,\"reasons\":[\"1 process hides\"]},"
                "\"verdicts\":{\"attached\":1,\"pinned\":2,\"orphaned\":3},"
                "\"states\":{\"suspected\":4,\"leaked\":5,\"ignored\":6},"
                "\"shares\":[{\"name\":\"uid 1000\",\"orphans\":1,\"unkept\":2,\"heldBack\":3}],"
                "\"running\":{\"startUSec\":1,\"step\":\"reading fds of\",\"pid\":8,\"idleUSec\":2},"
                "\"skipped\":[{\"pid\":9,\"step\":\"s\",\"sinceUSec\":3}],"
                "\"teardown\":{\"namespaces\":2,\"stuck\":1,\"cookie\":4,\"sinceUSec\":5}}");
        json_auto_t *first = parse("{\"states\":{}}"), *bad = parse("{\"running\":true}");
        struct view_status read = {};
        struct error error = {};

        assert_int_equal(decode_status(reply, &read, &error), 0);
        assert_string_equal(read.version, "1");
        assert_true(read.has_scan && read.is_running && !read.coverage.complete);
        assert_string_equal(read.scan.source, "bpf");
        assert_null(read.scan.not_bpf);
        assert_string_equal(read.coverage.reasons.list[0], "1 process hides");
        assert_int_equal(read.verdicts[VERDICT_ORPHANED], 3);
        assert_int_equal(read.leaked, 5);
        assert_int_equal(read.shares[0].held_back, 3);
        assert_int_equal(read.running.pid, 8);
        assert_int_equal(read.skipped[0].since_usec, 3);
        assert_int_equal(read.teardown.cookie, 4);
        view_status_clear(&read);
        /* Before the first scan has finished. */
        assert_int_equal(decode_status(first, &read, &error), 0);
        assert_false(read.has_scan || read.is_running || read.coverage.complete);
        view_status_clear(&read);
        assert_int_equal(decode_status(bad, &read, &error), -EPROTO);
        assert_string_equal(error.text, NONSENSE "\"running\" must be an object");
        view_status_clear(&read);
}

static void test_events(void **state)
{
        json_auto_t *leak =
                parse("{\"kind\":\"resolved\",\"usec\":5,\"sequence\":1,\"ending\":\"gone\","
                      "\"namespace\":{\"inode\":1,\"verdict\":\"orphaned\"}}");
        json_auto_t *host = parse("{\"kind\":\"scan_failed\",\"detail\":\"It broke\"}");
        json_auto_t *bad = parse("{\"kind\":\"leaked\",\"namespace\":{\"verdict\":\"orphaned\","
                                 "\"holders\":[{\"kind\":\"tun\"},1]}}");
        struct view_event read = {};

        assert_int_equal(decode_event(leak, &read, NULL), 0);
        assert_string_equal(read.kind, "resolved");
        assert_string_equal(read.ending, "gone");
        assert_true(read.has_netns);
        assert_int_equal(read.netns.id.inode, 1);
        view_event_clear(&read);
        assert_int_equal(decode_event(host, &read, NULL), 0);
        assert_false(read.has_netns);
        assert_string_equal(read.detail, "It broke");
        view_event_clear(&read);
        assert_int_equal(decode_event(bad, &read, NULL), -EPROTO);
        view_event_clear(&read);
}

static void test_metrics(void **state)
{
        json_auto_t *good = parse("{\"text\":\"a 1\\n# EOF\\n\"}");
        json_auto_t *bad = parse("{\"text\":\"a 1\\n\\u001b[31m\\n\"}");
        char *text = NULL;

        assert_int_equal(decode_metrics(good, &text, NULL), 0);
        assert_string_equal(text, "a 1\n# EOF\n");
        free(text);
        text = NULL;
        assert_int_equal(decode_metrics(bad, &text, NULL), -EPROTO);
        assert_null(text);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_namespaces),
                cmocka_unit_test(test_what_is_written_is_read),
                cmocka_unit_test(test_other_types),
                cmocka_unit_test(test_strings_that_are_not_safe),
                cmocka_unit_test(test_words_of_tomorrow),
                cmocka_unit_test(test_replies),
                cmocka_unit_test(test_inspection),
                cmocka_unit_test(test_status),
                cmocka_unit_test(test_events),
                cmocka_unit_test(test_metrics),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
