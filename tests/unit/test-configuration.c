/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "config.h"
#include "nsorphand/configuration.h"
#include "test-directory.h"

/* The warnings of one run, one a line. */
struct warnings {
        char text[8192];
        unsigned n;
};

static void on_warning(const char *text, void *userdata)
{
        struct warnings *w = userdata;
        size_t n = strlen(w->text);
        (void)snprintf(w->text + n, sizeof(w->text) - n, "%s\n", text);
        w->n++;
}

static struct config *parse(const char *text, struct warnings *w)
{
        struct config *c = NULL;
        struct error error = {};
        assert_int_equal(configuration_new(&c, &error), 0);
        assert_int_equal(
                configuration_parse(c, "test.conf", text, strlen(text), on_warning, w, &error), 0);
        return c;
}

static void test_defaults(void **state)
{
        _cleanup_(configuration_freep) struct config *c = NULL;
        struct error error = {};

        /* Every default in the table is parsed by its own parser. */
        assert_int_equal(configuration_new(&c, &error), 0);
        assert_true(c->interval_usec == CONFIG_INTERVAL_AUTO);
        assert_int_equal(c->source, SCAN_SOURCE_AUTO);
        assert_true(c->deep);
        assert_true(c->trigger);
        assert_true(c->idle_priority);
        assert_int_equal(c->grace_usec, 120 * USEC_PER_SEC);
        assert_true(c->repeat_usec == UINT64_MAX);
        assert_null(c->ignore_units);
        assert_null(c->socket);
        assert_string_equal(c->group, "nsorphan");
}

static void test_values(void **state)
{
        struct warnings w = {};
        _cleanup_(configuration_freep) struct config *c = parse(
                "# a comment\n; another\n\n"
                "[Scan]\nInterval=1min 30s\n  Deep = no\nPriority=normal\nThreads=4\r\n"
                "[Alert]\nRepeatSec=1h\nGraceSec=0\n"
                "[Ignore]\nExecutable=/usr/bin/a\nExecutable=/b c\nUnit=x\nUnit=\nUnit=y.service\n"
                "Namespace=net:[4026532177]\n"
                "[Varlink]\nSocket=/tmp/s\nGroup=\n",
                &w);

        assert_string_equal(w.text, "");
        assert_int_equal(c->interval_usec, 90 * USEC_PER_SEC);
        assert_false(c->deep);
        assert_false(c->idle_priority);
        assert_int_equal(c->threads, 4);
        assert_int_equal(c->repeat_usec, 3600 * USEC_PER_SEC);
        assert_int_equal(c->grace_usec, 0);
        assert_string_equal(c->ignore_executables[0], "/usr/bin/a");
        assert_string_equal(c->ignore_executables[1], "/b c");
        assert_null(c->ignore_executables[2]);
        assert_string_equal(c->ignore_units[0], "y.service");
        assert_null(c->ignore_units[1]);
        assert_string_equal(c->ignore_namespaces[0], "net:[4026532177]");
        assert_string_equal(c->socket, "/tmp/s");
        assert_null(c->group);
}

/* Anybody may have any command name: the key of before ignores nothing, and says what does. */
static void test_the_old_key_warns(void **state)
{
        struct warnings w = {};
        _cleanup_(configuration_freep) struct config *c =
                parse("[Ignore]\nCommand=a\nExecutable=b\n", &w);

        assert_non_null(strstr(w.text, "use Executable= or Unit="));
        assert_non_null(strstr(w.text, "it must be an absolute path"));
        assert_null(c->ignore_executables);
}

static void test_bad_values_keep_what_was_in_force(void **state)
{
        struct warnings w = {};
        _cleanup_(configuration_freep) struct config *c = parse("[Scan]\n"
                                                                "Interval=5s\n"
                                                                "Interval=soon\n"
                                                                "Interval=0\n"
                                                                "Interval=infinity\n"
                                                                "Threads=-1\n"
                                                                "Deep=perhaps\n"
                                                                "Priority=high\n"
                                                                "[Varlink]\n"
                                                                "Socket=relative\n",
                                                                &w);

        assert_int_equal(c->interval_usec, 5 * USEC_PER_SEC);
        assert_true(c->deep);
        assert_int_equal(w.n, 7);
        assert_non_null(strstr(w.text, "test.conf:3: Bad value \"soon\" of Interval=: it is no"));
        assert_non_null(strstr(w.text, "test.conf:4: Bad value \"0\" of Interval=: it must be "
                                       "between 1s and 1w"));
        assert_non_null(strstr(w.text, "test.conf:10: Bad value \"relative\" of Socket="));
}

static void test_what_is_no_key(void **state)
{
        struct warnings w = {};
        char text[2048] = "[Scan]\nIntervall=5s\nnonsense\n[Scan\n[Alert]\nInterval=5s\n"
                          "Bad\x1b[31m=\x1b[31m\n[Scan]\nInterval=";
        memset(text + strlen(text), '9', 1000);
        strcat(text, "\nThreads=2\n");
        _cleanup_(configuration_freep) struct config *c = parse(text, &w);

        assert_int_equal(w.n, 6);
        assert_non_null(strstr(w.text, "test.conf:2: Unknown key Intervall= in section [Scan]"));
        assert_non_null(strstr(w.text, "test.conf:3: Neither a section"));
        assert_non_null(strstr(w.text, "test.conf:4: Section without closing bracket"));
        assert_non_null(strstr(w.text, "test.conf:6: Unknown key Interval= in section [Alert]"));
        assert_non_null(strstr(w.text, "test.conf:7: Unknown key Bad\\x1b[31m="));
        assert_non_null(strstr(w.text, "test.conf:9: Line is longer than"));
        /* The line after the long one counts. */
        assert_int_equal(c->threads, 2);
        assert_true(c->interval_usec == CONFIG_INTERVAL_AUTO);
}

static void test_no_text(void **state)
{
        _cleanup_(configuration_freep) struct config *c = NULL;
        struct warnings w = {};
        struct error error = {};

        assert_int_equal(configuration_new(&c, &error), 0);
        assert_int_equal(configuration_parse(c, "x", "a\0b", 3, on_warning, &w, &error), -EINVAL);
        assert_string_equal(error.text, "x is not a text file");
}

/* A directory of its own, removed when the test ends. */
struct root {
        char path[TEST_DIRECTORY_MAX];
};

static int root_setup(void **state)
{
        struct root *root = malloc(sizeof(*root));
        assert_non_null(root);
        test_directory_make(root->path);
        *state = root;
        return 0;
}

static int root_teardown(void **state)
{
        struct root *root = *state;
        char command[128];
        (void)snprintf(command, sizeof(command), "rm -rf %s", root->path);
        int r = system(command);
        free(root);
        return r;
}

static void root_write(const struct root *root, const char *directory, const char *name,
                       const char *text)
{
        char path[512];
        (void)snprintf(path, sizeof(path), "mkdir -p %s%s/nsorphand/nsorphand.conf.d", root->path,
                       directory);
        assert_int_equal(system(path), 0);
        (void)snprintf(path, sizeof(path), "%s%s/nsorphand/%s", root->path, directory, name);
        if (!text) {
                assert_int_equal(symlink("/dev/null", path), 0);
                return;
        }
        FILE *f = fopen(path, "w");
        assert_non_null(f);
        assert_true(fputs(text, f) >= 0);
        assert_int_equal(fclose(f), 0);
}

static struct config *load(const struct root *root, const char *file, struct warnings *w)
{
        struct config *c = NULL;
        struct error error = {};
        const struct config_source source = {.root = root->path, .file = file};
        if (configuration_load(&source, on_warning, w, &c, &error) < 0)
                fail_msg("%s", error.text);
        return c;
}

static void test_first_main_file_counts(void **state)
{
        struct warnings w = {};
        root_write(*state, "/usr/lib", "nsorphand.conf", "[Scan]\nInterval=7s\nThreads=7\n");
        _cleanup_(configuration_freep) struct config *vendor = load(*state, NULL, &w);
        assert_int_equal(vendor->threads, 7);

        root_write(*state, "/run", "nsorphand.conf", "[Scan]\nInterval=8s\n");
        root_write(*state, NSORPHAND_SYSCONFDIR, "nsorphand.conf", "[Scan]\nInterval=9s\n");
        _cleanup_(configuration_freep) struct config *c = load(*state, NULL, &w);
        assert_int_equal(c->interval_usec, 9 * USEC_PER_SEC);
        assert_int_equal(c->threads, 2);
        assert_int_equal(w.n, 0);
}

static void test_drop_ins_by_name_and_directory(void **state)
{
        struct warnings w = {};
        root_write(*state, NSORPHAND_SYSCONFDIR, "nsorphand.conf", "[Scan]\nInterval=9s\n");
        root_write(*state, "/usr/lib", "nsorphand.conf.d/50-a.conf", "[Scan]\nInterval=10s\n");
        root_write(*state, "/run", "nsorphand.conf.d/40-b.conf",
                   "[Scan]\nInterval=11s\nThreads=3\n");
        root_write(*state, "/usr/lib", "nsorphand.conf.d/60-masked.conf", "[Scan]\nDeep=no\n");
        root_write(*state, NSORPHAND_SYSCONFDIR, "nsorphand.conf.d/60-masked.conf", NULL);
        root_write(*state, "/usr/lib", "nsorphand.conf.d/70-same.conf", "[Alert]\nGraceSec=1s\n");
        root_write(*state, "/run", "nsorphand.conf.d/70-same.conf", "[Alert]\nGraceSec=2s\n");
        root_write(*state, "/run", "nsorphand.conf.d/80-other.txt", "[Alert]\nGraceSec=3s\n");
        _cleanup_(configuration_freep) struct config *c = load(*state, NULL, &w);

        assert_int_equal(w.n, 0);
        assert_int_equal(c->interval_usec, 10 * USEC_PER_SEC); /* the last name */
        assert_int_equal(c->threads, 3);
        assert_true(c->deep);                              /* masked in /etc */
        assert_int_equal(c->grace_usec, 2 * USEC_PER_SEC); /* /run before /usr/lib */
}

static void test_file_option(void **state)
{
        const struct root *root = *state;
        struct warnings w = {};
        struct error error = {};
        char path[128], command[1024];
        struct config *none = NULL;

        root_write(root, NSORPHAND_SYSCONFDIR, "nsorphand.conf.d/x.conf", "[Scan]\nThreads=5\n");
        (void)snprintf(path, sizeof(path), "%s/my.conf", root->path);
        (void)snprintf(command, sizeof(command),
                       "mkdir %s.d; echo '[Scan]\nInterval=3s' >%s;"
                       "echo '[Scan]\nInterval=4s' >%s.d/x.conf",
                       path, path, path);
        assert_int_equal(system(command), 0);
        _cleanup_(configuration_freep) struct config *c = load(root, path, &w);
        assert_int_equal(c->interval_usec, 4 * USEC_PER_SEC);
        assert_int_equal(c->threads, 2);

        const struct config_source missing = {.file = "/nonexistent/x.conf"};
        assert_int_equal(configuration_load(&missing, on_warning, &w, &none, &error), -ENOENT);
        assert_string_equal(error.text, "Failed to read configuration file /nonexistent/x.conf: No "
                                        "such file or directory");
        const struct config_source directory = {.file = root->path};
        assert_int_equal(configuration_load(&directory, on_warning, &w, &none, &error), -EINVAL);
        assert_non_null(strstr(error.text, "it is not a regular file"));
}

static void test_documented(void **state)
{
        for (size_t i = 0; i < n_configuration_keys; i++) {
                assert_true(strlen(configuration_keys[i].documentation) > 20);
                for (size_t j = 0; j < i; j++)
                        assert_false(strcmp(configuration_keys[i].section,
                                            configuration_keys[j].section) == 0 &&
                                     strcmp(configuration_keys[i].name,
                                            configuration_keys[j].name) == 0);
        }
}

/* Below what a scan may rightly wait, every wait would be told as a process that blocks. */
static void test_stuck_has_a_least(void **state)
{
        struct warnings w = {};
        _cleanup_(configuration_freep) struct config *c =
                parse("[Scan]\nStuckSec=5s\nStuckSec=4999ms\nStuckSec=1\nStuckSec=0\n", &w);

        assert_int_equal(c->stuck_usec, 5 * USEC_PER_SEC);
        assert_int_equal(w.n, 3);
        assert_non_null(strstr(w.text, "StuckSec"));
        assert_non_null(strstr(w.text, "must be between 5s and 1h"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_defaults),
                cmocka_unit_test(test_stuck_has_a_least),
                cmocka_unit_test(test_values),
                cmocka_unit_test(test_the_old_key_warns),
                cmocka_unit_test(test_bad_values_keep_what_was_in_force),
                cmocka_unit_test(test_what_is_no_key),
                cmocka_unit_test(test_no_text),
                cmocka_unit_test(test_documented),
                cmocka_unit_test_setup_teardown(test_first_main_file_counts, root_setup,
                                                root_teardown),
                cmocka_unit_test_setup_teardown(test_drop_ins_by_name_and_directory, root_setup,
                                                root_teardown),
                cmocka_unit_test_setup_teardown(test_file_option, root_setup, root_teardown),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
