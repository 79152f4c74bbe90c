/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/container.h"

#include <string.h>

#include "test-netns.h"

#define ID   "4b7d2a0c1e9f8d7c6b5a49382716f5e4d3c2b1a09f8e7d6c5b4a392817061524"
#define POD  "0f3c8a2e-5d1b-4c6f-9a7e-3b2d1c0f9e8d"
#define POD_ "0f3c8a2e_5d1b_4c6f_9a7e_3b2d1c0f9e8d"

/* As these managers name their cgroups; NULL for what is in no container. */
static const struct {
        const char *path, *manager, *name, *pod;
} samples[] = {
        {"/system.slice/docker-" ID ".scope", "docker", ID},
        {"/docker/" ID, "docker", ID},
        {"/docker/" ID "/init.scope", "docker", ID},
        {"/system.slice/docker.service"},
        {"/machine.slice/libpod-" ID ".scope/container", "podman", ID},
        {"/machine.slice/libpod-conmon-" ID ".scope"},
        {"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID ".scope", "podman",
         ID},
        {"/libpod_parent/" ID, "podman", ID},
        {"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" POD_
         ".slice/cri-containerd-" ID ".scope",
         "containerd", ID, POD},
        {"/kubepods.slice/kubepods-pod" POD_ ".slice/crio-" ID ".scope", "cri_o", ID, POD},
        {"/kubepods.slice/kubepods-pod" POD_ ".slice/crio-conmon-" ID ".scope", NULL, NULL, POD},
        {"/kubepods/besteffort/pod" POD "/" ID, NULL, ID, POD},
        {"/kubepods/besteffort/pod" POD, NULL, NULL, POD},
        {"/system.slice/nerdctl-" ID ".scope", "containerd", ID},
        {"/lxc.payload.web1/system.slice/nginx.service", "lxc", "web1"},
        {"/lxc.payload/web1", "lxc", "web1"},
        {"/lxc/web1/init.scope", "lxc", "web1"},
        {"/lxc.monitor.web1"},
        {"/machine.slice/machine-build\\x2d7.scope/payload", "systemd_nspawn", "build-7"},
        {"/machine.slice/systemd-nspawn@build.service/payload", "systemd_nspawn", "build"},
        {"/machine.slice/machine-qemu\\x2d3\\x2dwin.scope/libvirt", "libvirt", "3-win"},
        /* Docker in an LXC container: the inner one. */
        {"/lxc.payload.web1/docker/" ID, "docker", ID},
        /* Names that only look alike, and nonsense. */
        {"/system.slice/docker-proxy.service"},
        {"/docker/face"},
        {"/system.slice/docker-.scope"},
        {"/pod" POD},
        {"/machine.slice"},
        {"/"},
        {""},
        {"//docker//" ID "//", "docker", ID},
        /* What a name holds is escaped. */
        {"/lxc/a\x1b[31m", "lxc", "a\\x1b[31m"},
};

static void assert_same(const char *a, const char *b)
{
        if (!b)
                assert_null(a);
        else {
                assert_non_null(a);
                assert_string_equal(a, b);
        }
}

static void test_cgroups(void **state)
{
        for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
                struct container c = {};
                bool any = samples[i].name || samples[i].pod;

                assert_int_equal(container_from_cgroup(samples[i].path, SIZE_MAX, &c), any);
                assert_same(c.manager, samples[i].manager);
                assert_same(c.name, samples[i].name);
                assert_same(c.pod, samples[i].pod);
                container_deinit(&c);
        }
}

static void test_environment(void **state)
{
        static const char nspawn[] = "PATH=/bin\0container=systemd-nspawn\0HOME=/";
        static const char none[] =
                "xcontainer=docker\0container=\0CONTAINER=lxc\0container=dockerx";
        struct container c = {};

        assert_int_equal(container_from_environment(nspawn, sizeof(nspawn), &c), 1);
        assert_string_equal(c.manager, "systemd_nspawn");
        assert_null(c.name);
        assert_int_equal(container_from_environment(none, sizeof(none), &c), 0);
        assert_int_equal(container_from_environment("", 0, &c), 0);
        /* Cut in the middle of the value, without a NUL. */
        assert_int_equal(container_from_environment("container=lx", 12, &c), 0);
        assert_int_equal(container_from_environment("container=lxc", 13, &c), 1);
}

/* What a user may have chosen is claimed, however far above it names are proved. */
static void test_claimed(void **state)
{
        static const char rootless[] = "/user.slice/user-1000.slice/user@1000.service/user.slice";
        static const char path[] =
                "/user.slice/user-1000.slice/user@1000.service/user.slice/docker-" ID ".scope";
        static const char host[] = "/system.slice/docker-" ID ".scope";
        struct container c = {};

        assert_int_equal(container_from_cgroup(path, strlen(rootless), &c), 1);
        assert_true(c.claimed);
        container_deinit(&c);
        assert_int_equal(container_from_cgroup(host, strlen(host), &c), 1);
        assert_false(c.claimed);
        container_deinit(&c);
        assert_int_equal(container_from_cgroup(host, strlen(host) - 1, &c), 1);
        assert_true(c.claimed);
        container_deinit(&c);
        assert_int_equal(container_from_environment("container=lxc", 13, &c), 1);
        assert_true(c.claimed);
}

static void test_ids(void **state)
{
        assert_true(container_is_id(ID));
        assert_true(container_is_id("4b7d2a0c1e9f"));
        assert_false(container_is_id("4b7d2a0c1e9"));
        assert_false(container_is_id("4B7D2A0C1E9F"));
        assert_false(container_is_id(ID "0"));
        assert_false(container_is_id("web"));
        assert_false(container_is_id(""));
        assert_false(container_is_id(NULL));
}

static void test_what_is_called_so(void **state)
{
        assert_true(container_is_called(ID, "web", ID));
        assert_true(container_is_called(ID, "web", "4b7d2a0c1e9f"));
        assert_true(container_is_called(ID, "web", "web"));
        assert_true(container_is_called("web1", NULL, "web1"));
        assert_false(container_is_called(ID, "web", "4b7d2a0c1e9"));
        assert_false(container_is_called(ID, "web", "4b7d2a0c1e90"));
        assert_false(container_is_called(ID, NULL, "web"));
        assert_false(container_is_called("web1", NULL, "web"));
        assert_false(container_is_called(NULL, NULL, ID));
}

static void assert_words(struct container c, const char *name, const char *expected)
{
        _cleanup_free_ char *text = container_text(&c, name);

        assert_string_equal(text, expected);
}

static void test_words(void **state)
{
        assert_words((struct container){.manager = "podman", .name = (char *)ID}, "web",
                     "podman container 4b7d2a0c1e9f (web)");
        /* A name is no id, and shown whole. */
        assert_words((struct container){.manager = "lxc", .name = (char *)"a-long-name-of-1"}, NULL,
                     "lxc container a-long-name-of-1");
        assert_words((struct container){.name = (char *)ID, .claimed = true}, NULL,
                     "a container 4b7d2a0c1e9f, by its own account");
        assert_words((struct container){.manager = "docker"}, NULL,
                     "docker container without an id");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_cgroups),           cmocka_unit_test(test_environment),
                cmocka_unit_test(test_claimed),           cmocka_unit_test(test_ids),
                cmocka_unit_test(test_what_is_called_so), cmocka_unit_test(test_words),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
