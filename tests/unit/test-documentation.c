/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The manual pages and completions say what the tables say. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "nsorphanctl/options.h"
#include "nsorphanctl/run-status.h"
#include "nsorphanctl/verbs.h"
#include "nsorphand/configuration.h"
#include "nsorphand/daemon-options.h"
#include "util/exit-status.h"
#include "util/file.h"

static char *read_source(const char *name)
{
        const char *root = getenv("NSORPHAND_SOURCE");
        char path[4096], *text = NULL;

        (void)snprintf(path, sizeof(path), "%s/%s", root ? root : ".", name);
        if (file_read_at(AT_FDCWD, path, 1 << 20, &text, NULL) < 0)
                fail_msg("%s cannot be read; run the test from the source tree", path);
        return text;
}

/* Text without its roff: escapes undone, fonts taken away, every run of blanks one blank. */
static char *plain_text(const char *name)
{
        static const struct {
                const char *roff, *plain;
        } escapes[] = {
                {"\\-", "-"},    {"\\e", "\\"},     {"\\fI", ""}, {"\\fR", ""},
                {"\\fB", ""},    {"\\&", ""},       {"\\ ", " "}, {"\\(lq", "\""},
                {"\\(rq", "\""}, {"\n.B ", " .B "}, {"\n", " "},
        };
        _cleanup_free_ char *text = read_source(name);
        char *plain = malloc(strlen(text) * 2 + 1), *out = plain;

        assert_non_null(plain);
        for (const char *p = text; *p;) {
                size_t i = 0;
                while (i < ARRAY_SIZE(escapes) &&
                       strncmp(p, escapes[i].roff, strlen(escapes[i].roff)) != 0)
                        i++;
                if (i < ARRAY_SIZE(escapes)) {
                        out = stpcpy(out, escapes[i].plain);
                        p += strlen(escapes[i].roff);
                } else
                        *out++ = *p++;
        }
        *out = '\0';
        return plain;
}

static void assert_says(const char *page, const char *text, const char *what)
{
        if (!strstr(text, what))
                fail_msg("%s does not say \"%s\"", page, what);
}

static void test_configuration_page(void **state)
{
        _cleanup_free_ char *text = plain_text("man/nsorphand.conf.5");
        char expected[1024];

        for (size_t i = 0; i < n_configuration_keys; i++) {
                const struct config_key *key = &configuration_keys[i];
                const char *value = key->default_value;
                (void)snprintf(expected, sizeof(expected), ".TP .B %s= %s Default: %s%s%s.",
                               key->name, key->documentation, *value ? "\"" : "empty", value,
                               *value ? "\"" : "");
                assert_says("nsorphand.conf(5)", text, expected);
                (void)snprintf(expected, sizeof(expected), ".SH \"[%s]\"", key->section);
                assert_says("nsorphand.conf(5)", text, expected);
        }
}

static void assert_says_statuses(const char *page, const char *text)
{
        char expected[256];

        for (size_t i = 0; i < n_exit_statuses; i++) {
                (void)snprintf(expected, sizeof(expected), ".TP .B %d %s.", exit_statuses[i].status,
                               exit_statuses[i].meaning);
                assert_says(page, text, expected);
        }
}

static void test_daemon_page(void **state)
{
        _cleanup_free_ char *text = plain_text("man/nsorphand.8");
        char expected[128];

        for (size_t i = 0; i < n_daemon_options_keys; i++) {
                (void)snprintf(expected, sizeof(expected), "--%s", daemon_options_keys[i].name);
                assert_says("nsorphand(8)", text, expected);
        }
        assert_says_statuses("nsorphand(8)", text);
}

static void test_client_page(void **state)
{
        _cleanup_free_ char *text = plain_text("man/nsorphanctl.1");
        char expected[256];

        for (size_t i = 0; i < n_verbs; i++) {
                (void)snprintf(expected, sizeof(expected), ".TP .B %s ", verbs[i].name);
                assert_says("nsorphanctl(1)", text, expected);
                assert_says("nsorphanctl(1)", text, verbs[i].help);
        }
        for (size_t i = 0; i < n_options_keys; i++) {
                (void)snprintf(expected, sizeof(expected), "--%s%s%s %s", options_keys[i].name,
                               options_keys[i].argument ? "=" : "",
                               options_keys[i].argument ? options_keys[i].argument : "",
                               options_keys[i].help);
                assert_says("nsorphanctl(1)", text, expected);
        }
        assert_says_statuses("nsorphanctl(1)", text);
        for (size_t i = 0; i < RUN_STATUSES; i++) {
                (void)snprintf(expected, sizeof(expected), ".TP .B %d %s.", run_statuses[i].status,
                               run_statuses[i].meaning);
                assert_says("nsorphanctl(1)", text, expected);
        }
}

/* @prefix is how the shell's file spells a long option. */
static void check_completion(const char *path, const char *prefix)
{
        _cleanup_free_ char *text = read_source(path);
        char expected[64];

        for (size_t i = 0; i < n_verbs; i++)
                assert_says(path, text, verbs[i].name);
        for (size_t i = 0; i < n_options_keys; i++) {
                (void)snprintf(expected, sizeof(expected), "%s%s", prefix, options_keys[i].name);
                assert_says(path, text, expected);
                if (options_keys[i].choices)
                        assert_says(path, text, options_keys[i].choices);
        }
}

static void test_completions(void **state)
{
        check_completion("completions/nsorphanctl.bash", "--");
        check_completion("completions/_nsorphanctl", "--");
        check_completion("completions/nsorphanctl.fish", "-l ");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_configuration_page),
                cmocka_unit_test(test_daemon_page),
                cmocka_unit_test(test_client_page),
                cmocka_unit_test(test_completions),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
