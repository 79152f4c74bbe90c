/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/advice.h"

#include <stdio.h>
#include <string.h>

#include "test-netns.h"

#define ID "4b7d2a0c1e9f8d7c6b5a49382716f5e4d3c2b1a09f8e7d6c5b4a392817061524"

static void assert_command(const struct process_facts *p, const char *expected)
{
        const struct advice advice = advice_for(p);
        _cleanup_free_ char *command = advice_command(&advice, p);

        if (!expected) {
                assert_int_equal(advice.kind, ADVICE_NONE);
                assert_null(command);
                assert_true(strlen(advice.reason) > 5);
                return;
        }
        assert_non_null(command);
        assert_string_equal(command, expected);
}

static struct process_facts facts(const char *unit)
{
        return (struct process_facts){.pid = 812, .comm = (char *)"; reboot", .unit = (char *)unit};
}

static void test_affected(void **state)
{
        struct process_facts p = facts("docker.service");
        struct advice advice = advice_for(&p);

        assert_string_equal(advice_affected(&advice, &p),
                            "all processes of this service are started anew");
        p = facts(NULL);
        advice = advice_for(&p);
        assert_string_equal(advice_affected(&advice, &p),
                            "the process ends, with all else that it does");
        p.in_container = true;
        p.container = (struct container){.manager = "containerd", .name = (char *)ID};
        advice = advice_for(&p);
        assert_string_equal(advice_affected(&advice, &p),
                            "the container ends, and its pod's manager starts another");
        p.container.manager = "podman";
        assert_string_equal(advice_affected(&advice, &p), "the container is started anew");
}

/* What must not even be stopped; who calls himself so is believed. */
static void test_vital(void **state)
{
        struct process_facts p = facts("docker.service");

        assert_non_null(advice_vital(&p)); /* no program */
        p.executable = (char *)"/usr/bin/dockerd";
        assert_null(advice_vital(&p));
        p.unit = (char *)"session-3.scope";
        assert_null(advice_vital(&p));
        p.unit = (char *)"user@1000.service";
        assert_null(advice_vital(&p));
        p.user_unit = (char *)"dbus.service";
        assert_non_null(advice_vital(&p));
        p.user_unit = NULL;
        p.unit = (char *)"systemd-networkd.service";
        assert_non_null(advice_vital(&p));
        p.unit = NULL;
        p.executable = (char *)"/tmp/systemd";
        assert_non_null(advice_vital(&p));
        p.executable = (char *)"/usr/bin/dbus-broker";
        assert_non_null(advice_vital(&p));
        p.executable = (char *)"/usr/bin/x";
        assert_null(advice_vital(&p));
        p.unit_unknown = true; /* dbus.service, perhaps */
        assert_non_null(advice_vital(&p));
        assert_int_equal(advice_for(&p).kind, ADVICE_NONE);
        p.pid = 1;
        assert_string_equal(advice_vital(&p), "is the first process of this host");
}

static void test_units(void **state)
{
        static const struct {
                const char *unit, *command;
        } samples[] = {
                {NULL, "kill 812"},
                {"docker.service", "systemctl restart 'docker.service'"},
                {"a\\x2db.service", "systemctl restart 'a\\x2db.service'"},
                {"run-r1234.scope", "kill 812"},
                /* Nothing but a valid name gets on a command line. */
                {"a';reboot;'.service", "kill 812"},
                {"dbus.service", NULL},
                {"systemd-networkd.service", NULL},
                {"session-3.scope", NULL},
                {"init.scope", NULL},
                {"user@1000.service", NULL},
        };

        for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
                const struct process_facts p = facts(samples[i].unit);
                assert_command(&p, samples[i].command);
        }
}

static void test_first_processes(void **state)
{
        struct process_facts p = facts(NULL);

        p.pid = 1;
        assert_command(&p, NULL);
        p.unit = (char *)"docker.service";
        assert_command(&p, NULL);
        p = facts(NULL);
        p.pids[0] = 812;
        p.pids[1] = 1;
        p.n_pids = 2;
        assert_command(&p, NULL);
        p.pids[1] = 7;
        assert_command(&p, "kill 812");
        p.gone = true;
        assert_command(&p, NULL);
}

/* The program counts where it is root's file; what a user calls his own does not. */
static void test_vital_programs(void **state)
{
        struct process_facts p = facts(NULL);

        p.executable = (char *)"/usr/bin/dbus-daemon";
        assert_command(&p, "kill 812");
        p.root_owned = true;
        assert_command(&p, NULL);
        p.executable = (char *)"/usr/lib/systemd/systemd-udevd";
        assert_command(&p, NULL);
        p.executable = (char *)"/usr/bin/sleep";
        assert_command(&p, "kill 812");
}

static void test_users(void **state)
{
        struct process_facts p = facts("user@1000.service");

        p.has_owner = true;
        p.owner = 1000;
        p.user_unit = (char *)"podman.service";
        assert_command(&p, "systemctl --user -M 1000@ restart 'podman.service'");
        p.user_unit = (char *)"app-gnome-x.scope";
        assert_command(&p, "kill 812");
        p.user_unit = (char *)"init.scope";
        assert_command(&p, NULL);
        p.user_unit = (char *)"dbus.service";
        assert_command(&p, NULL);
        p.user_unit = (char *)"x'$(id)'.service";
        assert_command(&p, "kill 812");
}

static void test_containers(void **state)
{
        struct process_facts p = facts("docker-" ID ".scope");

        p.in_container = true;
        p.container = (struct container){.manager = "docker", .name = (char *)ID};
        assert_command(&p, "docker restart " ID);
        p.container.claimed = true;
        assert_command(&p, "kill 812");
        p.container = (struct container){.manager = "podman", .name = (char *)ID};
        assert_command(&p, "podman restart " ID);
        p.container = (struct container){.manager = "containerd", .name = (char *)ID};
        assert_command(&p, "crictl stop " ID);
        p.container = (struct container){.manager = "lxc", .name = (char *)"a;reboot"};
        assert_command(&p, "kill 812");
        p.container = (struct container){.manager = "docker", .name = (char *)"a;reboot"};
        assert_command(&p, "kill 812");
}

static void test_same(void **state)
{
        struct process_facts a = facts("docker.service"), b = facts("docker.service"),
                             c = facts(NULL), d = facts(NULL);

        assert_true(advice_is_same(&a, &b));
        assert_false(advice_is_same(&a, &c));
        assert_false(advice_is_same(&c, &d));
        assert_true(advice_is_same(&c, &c));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_affected),       cmocka_unit_test(test_units),
                cmocka_unit_test(test_vital),          cmocka_unit_test(test_first_processes),
                cmocka_unit_test(test_vital_programs), cmocka_unit_test(test_users),
                cmocka_unit_test(test_containers),     cmocka_unit_test(test_same),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
