/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/explain-remedy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test-netns.h"

/* An orphan with one interface that is up, and one holder; a second orphan of the same holder. */
struct room {
        struct process_facts process;
        struct holder holder;
        struct held held;
        struct rt_link link;
        struct rt_network network;
        struct peer peer;
        struct inside inside;
        struct netns namespaces[2];
        struct census census;
        struct inspection inspection;
        struct explain explain;
};

static void room_init(struct room *r)
{
        *r = (struct room){
                .process = {.pid = 704,
                            .comm = (char *)"system-probe",
                            .executable = (char *)"/opt/system-probe",
                            .start_usec = 1},
                .holder = HOLDER_OF(704, 704, 4),
                .link = {.index = 2,
                         .name = (char *)"eth0",
                         .kind = (char *)"veth",
                         .up = true,
                         .link = 9,
                         .has_link_netnsid = true},
                .peer = {.link = 2,
                         .index = 9,
                         .found = true,
                         .here = true,
                         .name = (char *)"veth7"},
        };
        r->holder.kind = HOLDER_SOCKET;
        r->held = (struct held){.holder = &r->holder, .process = &r->process};
        r->network.links = &r->link;
        r->network.n_links = 1;
        r->inside = (struct inside){.network = &r->network, .peers = &r->peer, .n_peers = 1};
        for (size_t i = 0; i < 2; i++)
                r->namespaces[i] = (struct netns){.id = {.inode = 7, .cookie = 41 + i},
                                                  .verdict = VERDICT_ORPHANED,
                                                  .holders = &r->holder,
                                                  .n_holders = 1};
        r->namespaces[0].count[HOLDER_SOCKET] = 1;
        r->census = (struct census){.namespaces = r->namespaces, .n_namespaces = 1};
        r->inspection = (struct inspection){
                .netns = &r->namespaces[0], .inside = &r->inside, .held = &r->held, .n_held = 1};
        r->explain = (struct explain){.census = &r->census,
                                      .inspection = &r->inspection,
                                      .now_usec = 4000001,
                                      .can_release = true};
}

static void assert_text(const struct room *r, const char *expected)
{
        char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);

        assert_non_null(f);
        explain_remedy_print(f, &r->explain);
        assert_int_equal(fclose(f), 0);
        assert_string_equal(text, expected);
        free(text);
}

#define SILENCE                                                                                    \
        "  Take it off the wire; its addresses answer no more, its holders run on, and nothing "   \
        "inside changes:\n"                                                                        \
        "    nsorphanctl silence cookie:41\n"                                                      \
        "  and back, with nothing lost:\n"                                                         \
        "    nsorphanctl silence --undo cookie:41\n"
#define LOOK                                                                                       \
        "  Look inside, which nobody notices:\n"                                                   \
        "    nsorphanctl enter cookie:41 ip addr\n"                                                \
        "  Keep it for later under a name, also when its holders have let go:\n"                   \
        "    nsorphanctl pin cookie:41 NAME\n"
#define LET_GO                                                                                      \
        "  Have a process close one file, and run on; what it would do with the file fails then:\n" \
        "    nsorphanctl release --holder=704:4 cookie:41\n"
#define RELEASE                                                                                    \
        "  Make its holders let go; the namespace and all that is in it end with the last of "     \
        "them:\n"

static void test_a_service(void **state)
{
        struct room r;

        room_init(&r);
        r.process.unit = (char *)"probe.service";
        assert_text(&r, "\nWhat to do\n" SILENCE LET_GO RELEASE
                        "    system-probe (pid 704), running for 4s; all processes of this service "
                        "are started anew:\n"
                        "      systemctl restart 'probe.service'\n" LOOK);
}

/* The last that is tried. */
static void test_a_plain_process(void **state)
{
        struct room r;

        room_init(&r);
        r.census.n_namespaces = 2;
        assert_text(&r, "\nWhat to do\n" SILENCE LOOK LET_GO RELEASE
                        "    system-probe (pid 704), running for 4s, holds 2 orphaned namespaces; "
                        "the process ends, with all else that it does:\n"
                        "      kill 704\n");
}

static void test_what_is_not_on_the_wire(void **state)
{
        struct room r;
        const char end[] = "    system-probe (pid 704), running for 4s; the process ends, with all "
                           "else that it does:\n"
                           "      kill 704\n";
        char expected[1024];

        room_init(&r);
        r.link.up = false;
        (void)snprintf(expected, sizeof(expected), "%s%s%s",
                       "\nWhat to do\n"
                       "  No interface is up but for its loopback, so nothing of it answers on the "
                       "network.\n",
                       LOOK LET_GO RELEASE, end);
        assert_text(&r, expected);
        /* The verb would refuse it. */
        r.link.up = true;
        r.namespaces[0].partial = true;
        (void)snprintf(expected, sizeof(expected), "%s%s", "\nWhat to do\n" LOOK RELEASE, end);
        assert_text(&r, expected);
        r.inspection.inside = NULL;
        (void)snprintf(expected, sizeof(expected), "%s%s", "\nWhat to do\n" RELEASE, end);
        assert_text(&r, expected);
}

static void test_an_interface_inside(void **state)
{
        struct room r;

        room_init(&r);
        r.link.kind = (char *)"macvlan";
        r.process.pid = 1;
        assert_text(
                &r,
                "\nWhat to do\n"
                "  Take it off the wire; its addresses answer no more, its holders run on, and "
                "but for the interface nothing inside changes:\n"
                "    nsorphanctl silence cookie:41\n"
                "  and back, with nothing lost:\n"
                "    nsorphanctl silence --undo cookie:41\n" RELEASE
                "    system-probe (pid 1) is the first process of this host: nothing is advised "
                "here.\n" LOOK);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_a_service),
                cmocka_unit_test(test_a_plain_process),
                cmocka_unit_test(test_what_is_not_on_the_wire),
                cmocka_unit_test(test_an_interface_inside),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
