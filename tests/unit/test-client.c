/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "nsorphanctl/ago.h"
#include "nsorphanctl/color.h"
#include "nsorphanctl/netns-argument.h"
#include "nsorphanctl/options.h"
#include "nsorphanctl/verbs.h"

/* Parses a command line given as words; returns 0 or the error. */
static int parse(struct options *o, struct error *error, int *ret_n, char ***ret_words,
                 const char *const *words)
{
        static char *argv[16];
        int argc = 0;

        argv[argc++] = (char *)"nsorphanctl";
        while (*words)
                argv[argc++] = (char *)*words++;
        argv[argc] = NULL;
        *o = (struct options){};
        return verbs_parse_options(o, argc, argv, ret_words, ret_n, error);
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void test_options(void **state)
{
        struct options o;
        struct error error = {};
        char **words;
        int n;

        assert_int_equal(
                parse(&o, &error, &n, &words, WORDS("--json=pretty", "scan", "-a", "--no-legend")),
                0);
        assert_int_equal(n, 1);
        assert_string_equal(words[0], "scan");
        assert_int_equal(o.json, JSON_PRETTY);
        assert_true(o.all);
        assert_true(o.no_legend);
        assert_false(o.no_pager);

        assert_int_equal(
                parse(&o, &error, &n, &words, WORDS("--socket", "/s", "show", "--", "--json")), 0);
        assert_int_equal(n, 2);
        assert_string_equal(o.socket, "/s");
        assert_string_equal(words[1], "--json");

        /* One option, two verbs, two meanings, wherever it stands. */
        assert_int_equal(parse(&o, &error, &n, &words, WORDS("--format=openmetrics", "metrics")),
                         0);
        assert_string_equal(o.format, "openmetrics");
        assert_int_equal(parse(&o, &error, &n, &words, WORDS("graph", "--format", "mermaid")), 0);
        assert_string_equal(o.format, "mermaid");

        /* What follows the namespace is the command's, with and without "--". */
        assert_int_equal(parse(&o, &error, &n, &words,
                               WORDS("enter", "--no-pager", "7", "ip", "-br", "--json", "a")),
                         0);
        assert_int_equal(n, 6);
        assert_true(o.no_pager);
        assert_string_equal(words[1], "7");
        assert_string_equal(words[3], "-br");
        assert_string_equal(words[4], "--json");
        assert_int_equal(parse(&o, &error, &n, &words, WORDS("enter", "7", "--", "ls", "--", "-l")),
                         0);
        assert_int_equal(n, 5);
        assert_null(words[n]);
        assert_string_equal(words[2], "ls");
        assert_string_equal(words[3], "--");
        assert_int_equal(parse(&o, &error, &n, &words, WORDS("enter", "--", "7", "-l")), 0);
        assert_int_equal(n, 3);
        assert_string_equal(words[2], "-l");
        assert_null(words[n]);
        assert_int_equal(parse(&o, &error, &n, &words, WORDS("enter", "7")), 0);
        assert_int_equal(n, 2);
}

static void assert_refused(const char *sentence, const char *const *words)
{
        struct options o;
        struct error error = {};
        char **rest;
        int n;

        assert_int_equal(parse(&o, &error, &n, &rest, words), -EINVAL);
        assert_string_equal(error.text, sentence);
}

static void test_bad_options(void **state)
{
        assert_refused("Unknown option \"--foo\"", WORDS("--foo"));
        assert_refused("Unknown option \"-x\"", WORDS("scan", "-ax"));
        assert_refused("Option --all takes no argument", WORDS("scan", "--all=1"));
        assert_refused("Option \"--json\" needs an argument", WORDS("scan", "--json"));
        assert_refused("Bad value \"xml\" of --json=, must be one of: short pretty off",
                       WORDS("scan", "--json=xml"));
        assert_refused("Bad value \"\" of --json=, must be one of: short pretty off",
                       WORDS("scan", "--json="));
        assert_refused("Bad value \"dot\" of --format=, must be one of: prometheus openmetrics",
                       WORDS("--format=dot", "metrics"));
        assert_refused("Bad value \"openmetrics\" of --format=, must be one of: dot svg mermaid",
                       WORDS("graph", "--format=openmetrics"));
        assert_refused("\"list\" has no option --format", WORDS("--format=dot", "list"));
        assert_refused("\"status\" has no option --all", WORDS("status", "--all"));
        assert_refused("\"scan\" has no option --socket", WORDS("--socket=/x", "scan"));
}

/* Every verb that an option names exists, and no option is for none. */
static void test_options_name_verbs(void **state)
{
        for (size_t i = 0; i < n_options_keys; i++) {
                if (!options_keys[i].verbs)
                        continue;
                char copy[256], *save = NULL;
                assert_true(strlen(options_keys[i].verbs) < sizeof(copy));
                strcpy(copy, options_keys[i].verbs);
                unsigned count = 0;
                for (char *p = strtok_r(copy, " ", &save); p; p = strtok_r(NULL, " ", &save)) {
                        assert_non_null(verbs_find(p));
                        assert_true(option_is_for(&options_keys[i], p));
                        count++;
                }
                assert_true(count > 0);
                assert_false(option_is_for(&options_keys[i], "sca"));
        }
}

static void test_verbs(void **state)
{
        for (size_t i = 0; i < n_verbs; i++) {
                assert_true(strlen(verbs[i].help) < 60);
                assert_true(verbs[i].max < 0 || verbs[i].min <= verbs[i].max);
                assert_ptr_equal(verbs_find(verbs[i].name), &verbs[i]);
        }
        assert_null(verbs_find("nonsense"));
}

static void test_netns_argument(void **state)
{
        static const char *const bad[] = {"",
                                          "0",
                                          "net:[0]",
                                          "net:[]",
                                          "net:[1",
                                          "net:1",
                                          "-1",
                                          "cookie:",
                                          "cookie:x",
                                          "1 ",
                                          "net:[1]x",
                                          "99999999999999999999999",
                                          "cookie:18446744073709551616",
                                          "net:[?socket:8775]",
                                          "net:[?411/]",
                                          "net:[?/8775]",
                                          "net:[?411/8775",
                                          "nameless:0/8775",
                                          "nameless:4294967297/8775",
                                          "nameless:411/8775]",
                                          "411/8775"};
        struct netns_identity id;
        struct error error = {};

        for (unsigned i = 0; i < 2; i++) {
                const char *s = i ? "nameless:411/8775" : "net:[?411/8775]";
                assert_int_equal(netns_argument_parse(s, &id, &error), 0);
                assert_int_equal(id.nameless.pid, 411);
                assert_int_equal(id.nameless.file_inode, 8775);
                assert_int_equal(id.inode + id.cookie, 0);
        }
        assert_int_equal(netns_argument_parse("4026532177", &id, &error), 0);
        assert_int_equal(id.inode, 4026532177);
        assert_int_equal(id.cookie, 0);
        assert_int_equal(netns_argument_parse("net:[4026532177]", &id, &error), 0);
        assert_int_equal(id.inode, 4026532177);
        assert_int_equal(netns_argument_parse("cookie:4102", &id, &error), 0);
        assert_int_equal(id.inode, 0);
        assert_int_equal(id.cookie, 4102);
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
                assert_int_equal(netns_argument_parse(bad[i], &id, &error), -EINVAL);
}

static void test_ago(void **state)
{
        char buffer[AGO_MAX];
        const uint64_t now = 1700000000 * USEC_PER_SEC;

        assert_string_equal(ago_format(buffer, now, now), "now");
        assert_string_equal(ago_format(buffer, now + USEC_PER_SEC, now), "now");
        assert_string_equal(ago_format(buffer, now - 1500000, now), "1s ago");
        assert_string_equal(ago_format(buffer, now - 200 * USEC_PER_SEC, now), "3min 20s ago");
        assert_string_equal(ago_format(buffer, now - 719 * USEC_PER_SEC, now), "11min ago");
        assert_string_equal(ago_format(buffer, now - 3 * 86400 * USEC_PER_SEC, now), "3d ago");
}

/* stdout of a test is no terminal, so only the environment can ask for colours. */
static void test_color(void **state)
{
        (void)unsetenv("NO_COLOR");
        (void)unsetenv("SYSTEMD_COLORS");
        (void)setenv("SYSTEMD_COLORS", "1", 1);
        assert_true(color_wanted());
        (void)setenv("SYSTEMD_COLORS", "256", 1);
        assert_true(color_wanted());
        (void)setenv("NO_COLOR", "1", 1);
        assert_true(color_wanted());
        (void)setenv("SYSTEMD_COLORS", "0", 1);
        assert_false(color_wanted());
        (void)unsetenv("SYSTEMD_COLORS");
        assert_false(color_wanted());
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_options),
                cmocka_unit_test(test_bad_options),
                cmocka_unit_test(test_options_name_verbs),
                cmocka_unit_test(test_verbs),
                cmocka_unit_test(test_netns_argument),
                cmocka_unit_test(test_ago),
                cmocka_unit_test(test_color),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
