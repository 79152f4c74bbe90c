/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of containers, from recorded files of the engines below a made-up root. */
#include "inspect/container-name.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "test-netns.h"

#include "test-directory.h"

#define ID    "4b7d2a0c1e9f8d7c6b5a49382716f5e4d3c2b1a09f8e7d6c5b4a392817061524"
#define OTHER "5b7d2a0c1e9f8d7c6b5a49382716f5e4d3c2b1a09f8e7d6c5b4a392817061524"

#define PODMAN     "var/lib/containers/storage/vfs-containers/containers.json"
#define VOLATILE   "run/containers/storage/overlay-containers/volatile-containers.json"
#define DOCKER     "var/lib/docker/containers/" ID "/config.v2.json"
#define CONTAINERD "run/containerd/io.containerd.runtime.v2.task/k8s.io/" ID "/config.json"
#define NERDCTL    "run/containerd/io.containerd.runtime.v2.task/default/" ID "/config.json"
#define CRIO       "run/containers/storage/overlay-containers/" ID "/userdata/config.json"

static char top[TEST_DIRECTORY_MAX];
static int root_fd = -1;

static int setup(void **state)
{
        test_directory_make(top);
        root_fd = open(top, O_PATH | O_DIRECTORY | O_CLOEXEC);
        return root_fd < 0 ? -1 : 0;
}

static int teardown(void **state)
{
        char command[TEST_DIRECTORY_MAX + 16];

        (void)close(root_fd);
        (void)snprintf(command, sizeof(command), "rm -rf %s", top);
        return system(command);
}

static void write_file(const char *path, const char *text, mode_t mode)
{
        char full[TEST_DIRECTORY_MAX + 256];

        (void)snprintf(full, sizeof(full), "%s/%s", top, path);
        for (char *slash = full + strlen(top) + 1; (slash = strchr(slash, '/')); slash++) {
                *slash = '\0';
                assert_true(mkdir(full, 0755) == 0 || errno == EEXIST);
                *slash = '/';
        }
        int fd = open(full, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        assert_true(fd >= 0);
        assert_int_equal(write(fd, text, strlen(text)), strlen(text));
        assert_int_equal(fchmod(fd, mode), 0);
        (void)close(fd);
}

static void remove_file(const char *path)
{
        assert_int_equal(unlinkat(root_fd, path, 0), 0);
}

/* NULL @expected: there is none. */
static void assert_name(const char *manager, const char *id, bool claimed, const char *expected)
{
        struct container c = {.manager = manager, .name = (char *)id, .claimed = claimed};
        _cleanup_free_ char *name = NULL;

        assert_int_equal(container_name_read(root_fd, &c, &name), expected ? 1 : 0);
        if (expected)
                assert_string_equal(name, expected);
        else
                assert_null(name);
}

static void test_no_engine(void **state)
{
        assert_name("podman", ID, false, NULL);
        assert_name("docker", ID, false, NULL);
        assert_name("lxc", "web1", false, NULL);
        assert_name(NULL, ID, false, NULL);
        assert_name("podman", NULL, false, NULL);
}

static void test_engines(void **state)
{
        static const struct {
                const char *manager, *path, *text, *name;
        } samples[] = {
                {"podman", PODMAN,
                 "[{\"id\":\"" OTHER "\",\"names\":[\"db\"]},{\"id\":\"" ID
                 "\",\"names\":[\"web\"],\"image\":\"b4d8\"}]",
                 "web"},
                {"podman", VOLATILE, "[{\"id\":\"" ID "\",\"names\":[\"once\"]}]", "once"},
                {"podman", PODMAN, "[{\"id\":\"" ID "\"}]", NULL},
                {"podman", PODMAN, "{\"id\":\"" ID "\",\"names\":[\"web\"]}", NULL},
                {"docker", DOCKER, "{\"ID\":\"" ID "\",\"Name\":\"/web\"}", "web"},
                {"docker", DOCKER, "{\"Name\":\"/\\u001b[31mweb\"}", "\\x1b[31mweb"},
                {"docker", DOCKER, "{\"Name\":17}", NULL},
                {"docker", DOCKER, "{\"Name\":\"/we", NULL},
                {"docker", DOCKER, "", NULL},
                {"containerd", CONTAINERD,
                 "{\"annotations\":{\"io.kubernetes.cri.sandbox-namespace\":\"default\","
                 "\"io.kubernetes.cri.sandbox-name\":\"web-5d8f\","
                 "\"io.kubernetes.cri.container-name\":\"nginx\"}}",
                 "default/web-5d8f/nginx"},
                {"containerd", CONTAINERD,
                 "{\"annotations\":{\"io.kubernetes.cri.sandbox-namespace\":\"default\","
                 "\"io.kubernetes.cri.sandbox-name\":\"web-5d8f\"}}",
                 "default/web-5d8f"},
                {NULL, CONTAINERD,
                 "{\"annotations\":{\"io.kubernetes.cri.sandbox-namespace\":\"default\","
                 "\"io.kubernetes.cri.sandbox-name\":\"web-5d8f\"}}",
                 "default/web-5d8f"},
                {"containerd", NERDCTL, "{\"annotations\":{\"nerdctl/name\":\"web\"}}", "web"},
                {"cri_o", CRIO,
                 "{\"annotations\":{\"io.kubernetes.pod.namespace\":\"default\","
                 "\"io.kubernetes.pod.name\":\"web-5d8f\",\"io.kubernetes.container.name\":\"POD\"}}",
                 "default/web-5d8f"},
        };

        for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
                write_file(samples[i].path, samples[i].text, 0600);
                assert_name(samples[i].manager, ID, false, samples[i].name);
                remove_file(samples[i].path);
        }
}

/* What a user may have chosen is not believed. */
static void test_strangers(void **state)
{
        static const char text[] = "{\"Name\":\"/web\"}";

        write_file(DOCKER, text, 0600);
        assert_name("docker", ID, true, NULL);
        assert_name("docker", "../../../../etc/passwd", false, NULL);
        assert_name("docker", "4B7D2A0C1E9F8D7C6B5A49382716F5E4D3C2B1A09F8E7D6C5B4A392817061524",
                    false, NULL);
        assert_name("podman", ID, false, NULL);
        write_file(DOCKER, text, 0666);
        assert_name("docker", ID, false, NULL);
        if (geteuid() == 0) {
                write_file(DOCKER, text, 0600);
                assert_int_equal(fchownat(root_fd, DOCKER, 65534, 65534, 0), 0);
                assert_name("docker", ID, false, NULL);
        }
        remove_file(DOCKER);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_no_engine),
                cmocka_unit_test(test_engines),
                cmocka_unit_test(test_strangers),
        };
        return cmocka_run_group_tests(tests, setup, teardown);
}
