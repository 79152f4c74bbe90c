/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/explain-birth.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "test-netns.h"

#include "test-birth.h"

#define NOW UINT64_C(1700000000000000)

/* Two sockets of one process; nobody knows who opened the second. */
struct room {
        struct process process;
        struct process_facts facts;
        struct holder holders[2];
        struct held held[2];
        struct netns netns;
        struct census census;
        struct inspection inspection;
        struct explain explain;
};

static void room_init(struct room *r)
{
        *r = (struct room){
                .process = {.pid = 3530, .start_ticks = 99, .comm = (char *)"docker-proxy"},
                .facts = {.pid = 3530, .comm = (char *)"docker-proxy"},
                .inspection = {.netns = &r->netns, .held = r->held, .n_held = 2},
                .explain = {.census = &r->census, .inspection = &r->inspection, .now_usec = NOW},
        };
        assert_int_equal(setenv("TZ", "UTC", 1), 0);
        for (int i = 0; i < 2; i++) {
                r->holders[i] = HOLDER_OF(3530, 3530, i + 3);
                r->holders[i].kind = HOLDER_SOCKET;
                r->holders[i].socket_inode = (uint64_t)i + 100;
                r->holders[i].socket_cookie = (uint64_t)i + 1;
                r->holders[i].process = &r->process;
                r->held[i] = (struct held){.holder = &r->holders[i], .process = &r->facts};
        }
        r->holders[0].birth = test_birth();
}

static void room_deinit(struct room *r)
{
        birth_unref(r->holders[0].birth);
}

static void assert_told(const struct room *r, const struct explain_birth *b, const char *expected)
{
        char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);

        assert_non_null(f);
        explain_birth_print(f, &r->explain, b);
        assert_int_equal(fclose(f), 0);
        assert_string_equal(text, expected);
        free(text);
}

static void assert_unknown(const struct room *r, const char *expected)
{
        char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);

        assert_non_null(f);
        explain_birth_print_unknown(f, &r->explain);
        assert_int_equal(fclose(f), 0);
        assert_string_equal(text, expected);
        free(text);
}

#define STACK                                                                                      \
        "      From, the innermost function first:\n"                                              \
        "        at syscall.RawSyscall.abi0 (dockerd+0x1234)\n"                                    \
        "        at syscall.Socket (dockerd+0x2234)\n"                                             \
        "        at github.com/vishvananda/netlink/nl.getNetlinkSocket (dockerd+0x3234)\n"         \
        "        at github.com/vishvananda/netlink.NewHandle (dockerd+0x4234)\n"                   \
        "        at main.creator (dockerd+0x5234)\n"                                               \
        "        at runtime.goexit.abi0 (dockerd+0x6234)\n"

static void test_by_another(void **state)
{
        struct room r;
        struct explain_birth b = {.first = &r.held[0],
                                  .n_sockets = 1,
                                  .first_usec = NOW - UINT64_C(259200000000),
                                  .last_usec = NOW - UINT64_C(259200000000)};

        room_init(&r);
        r.held[0].opener = HELD_OPENER_GONE;
        assert_told(
                &r, &b,
                "      Opened by dockerd (pid 812, docker.service), uid 0, thread 'creator', on "
                "2023-11-11 22:13:20 UTC (3d ago), and held by docker-proxy (pid 3530): it was "
                "inherited or passed on. The process that opened it has ended.\n" STACK);
        r.held[0].opener = HELD_OPENER_RUNS;
        r.holders[0].birth->accepted = true;
        b.told = true;
        assert_told(
                &r, &b,
                "      Accepted by dockerd (pid 812, docker.service), uid 0, thread 'creator', on "
                "2023-11-11 22:13:20 UTC (3d ago), and held by docker-proxy (pid 3530): it was "
                "inherited or passed on. The process that opened it still runs.\n"
                "      From the same place as above.\n");
        room_deinit(&r);
}

static void test_by_itself(void **state)
{
        struct room r;
        struct explain_birth b = {.first = &r.held[0],
                                  .n_sockets = 2,
                                  .first_usec = NOW - 7200 * USEC_PER_SEC,
                                  .last_usec = NOW - 3600 * USEC_PER_SEC};

        room_init(&r);
        r.holders[0].birth->pid = 3530;
        r.holders[0].birth->start_nsec = UINT64_C(990000000);
        r.holders[0].birth->n_frames = 0;
        assert_told(
                &r, &b,
                "      The process opened them itself, when its name was dockerd, in thread 'creator', the first on 2023-11-14 "
                "20:13:20 UTC (2h ago), the last on 2023-11-14 21:13:20 UTC (1h ago).\n");
        /* Another process that had the number. */
        r.holders[0].birth->start_nsec = UINT64_C(980000000);
        b.first_usec = 0;
        free(r.holders[0].birth->unit);
        r.holders[0].birth->unit = NULL;
        assert_told(&r, &b,
                    "      Opened by dockerd (pid 3530), uid 0, thread 'creator', and held by "
                    "docker-proxy (pid 3530): it was inherited or passed on.\n");
        r.holders[0].birth->n_frames = 6;
        room_deinit(&r);
}

static void test_a_frame_without_a_name(void **state)
{
        struct room r;
        const struct explain_birth b = {.first = &r.held[0], .n_sockets = 1};
        char *text = NULL;
        size_t size;

        room_init(&r);
        test_frame(r.holders[0].birth, NULL, "/usr/lib/libx.so.1 (deleted)", 0x10, "00ff");
        test_frame(r.holders[0].birth, NULL, NULL, 0x7f0000001000, "");
        FILE *f = open_memstream(&text, &size);
        explain_birth_print(f, &r.explain, &b);
        assert_int_equal(fclose(f), 0);
        assert_non_null(strstr(text, "\n        at libx.so.1 (deleted)+0x10 (build id 00ff)\n"
                                     "        at 0x7f0000001000\n"));
        free(text);
        room_deinit(&r);
}

/* Said only of what was seen by the one who notes, and why it may be. */
static void test_unknown(void **state)
{
        struct room r;

        room_init(&r);
        assert_unknown(&r, "");
        r.explain.history.trace =
                (struct census_trace){BIRTH_TRACE_YES, NOW - 3600 * USEC_PER_SEC, 0};
        /* The daemon's last scan did not see it. */
        assert_unknown(&r, "");
        r.explain.history.holders = r.holders;
        r.explain.history.n_holders = 2;
        assert_unknown(&r,
                       "  Who opened one of these sockets was not noted: it is older than the "
                       "notes, which began on 2023-11-14 21:13:20 UTC (1h ago), or of a kind that "
                       "is not noted.\n");
        r.explain.history.trace.which = BIRTH_TRACE_FOREIGN;
        r.explain.history.trace.refused = 12;
        birth_unref(r.holders[0].birth);
        r.holders[0].birth = NULL;
        assert_unknown(&r,
                       "  Who opened 2 of these sockets was not noted: they are older than the "
                       "notes, which began on 2023-11-14 21:13:20 UTC (1h ago), or opened by a "
                       "process of that namespace, or among 12 that were refused for want of room, "
                       "or of a kind that is not noted.\n");
        /* One socket in two fd tables; and what is no socket. */
        r.holders[1].socket_inode = r.holders[0].socket_inode;
        r.holders[1].socket_cookie = r.holders[0].socket_cookie;
        r.explain.history.trace = (struct census_trace){};
        r.census.trace = (struct census_trace){BIRTH_TRACE_YES, NOW, 0};
        assert_unknown(&r, "  Who opened one of these sockets was not noted: it is older than the "
                           "notes, which began on 2023-11-14 22:13:20 UTC (now), or of a kind that "
                           "is not noted.\n");
        r.holders[0].kind = r.holders[1].kind = HOLDER_NSFS_FD;
        assert_unknown(&r, "");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_by_another),
                cmocka_unit_test(test_by_itself),
                cmocka_unit_test(test_a_frame_without_a_name),
                cmocka_unit_test(test_unknown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
