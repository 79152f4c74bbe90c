/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Files below a net/: where they are, and which of them keep their namespace. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <cmocka.h>

#include "census/procfs/proc-net.h"
#include "util/macro.h"

static void test_paths(void **state)
{
        static const struct {
                const char *path, *file;
        } cases[] = {
                {"/12/net/tcp", "tcp"},
                {"/12/task/13/net/stat/rt_cache", "stat/rt_cache"},
                {"/12/net/dev_snmp6/lo", "dev_snmp6/lo"},
                {"/12/net/", NULL},
                {"/12/net", NULL},
                {"/sys/net/core/somaxconn", NULL},
                {"/12/task/net/tcp", NULL},
                {"/12/task/a/net/tcp", NULL},
                {"/a12/net/tcp", NULL},
                {"/12a/net/tcp", NULL},
                {"//net/tcp", NULL},
                {"12/net/tcp", NULL},
                {"/cpuinfo", NULL},
                {"/x/5/net/tcp", NULL},
                {"/5/cwd/5/net/tcp", NULL},
                {"/", NULL},
                {"", NULL},
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                const char *file = NULL;
                assert_int_equal(proc_net_parse(cases[i].path, &file), cases[i].file != NULL);
                if (cases[i].file)
                        assert_string_equal(file, cases[i].file);
        }
}

static void test_kinds(void **state)
{
        static const struct {
                const char *file;
                enum proc_net_kind kind;
        } cases[] = {
                {"tcp", PROC_NET_HOLDS},
                {"netfilter/nf_log", PROC_NET_HOLDS},
                {"softnet_stat", PROC_NET_HOLDS_NOT},
                {"stat/rt_cache", PROC_NET_HOLDS_NOT},
                {"dev_snmp6/lo", PROC_NET_HOLDS_NOT},
                {"dev_snmp6", PROC_NET_UNKNOWN},
                {"tcp/x", PROC_NET_UNKNOWN},
                {"tc", PROC_NET_UNKNOWN},
                {"x/tcp", PROC_NET_UNKNOWN},
                {"never_heard_of", PROC_NET_UNKNOWN},
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                const char *file = "";
                assert_int_equal(proc_net_kind_of(cases[i].file, &file), cases[i].kind);
                assert_int_equal(file != NULL, cases[i].kind != PROC_NET_UNKNOWN);
        }
}

static void test_headings(void **state)
{
        static const char tcp[] =
                "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when "
                "retrnsmt   uid  timeout inode";
        static const char route[] = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric";
        static const char rt_cache[] = "Iface\tDestination\tGateway \tFlags\t\tRefCnt\tUse\tMetric";

        assert_true(proc_net_begins(tcp, PROC_NET_HEADING_MAX));
        assert_false(proc_net_begins(tcp, 10));
        assert_false(proc_net_begins(tcp + 1, PROC_NET_HEADING_MAX));
        assert_true(proc_net_begins(route, strlen(route)));
        assert_false(proc_net_begins(rt_cache, strlen(rt_cache)));
        assert_false(proc_net_begins("processor\t: 0\n", 14));
        assert_false(proc_net_begins("", 0));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_paths),
                cmocka_unit_test(test_kinds),
                cmocka_unit_test(test_headings),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
