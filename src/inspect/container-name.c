/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/container-name.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "util/file.h"
#include "util/text.h"

/* Podman keeps all containers in one file, some 700 bytes each. */
#define STATE_FILE_MAX (16U << 20)

/* What Podman's and CRI-O's storage calls its drivers. */
static const char *const storage_drivers[] = {"overlay", "vfs", "btrfs", "zfs"};

/* Namespaces of containerd's that its users make: Kubernetes, Docker, and nerdctl. */
static const char *const containerd_namespaces[] = {"k8s.io", "default", "moby"};

/* The content of @path, if it is root's alone; NULL where there is none, or that is no JSON. */
static json_t *read_state(int root_fd, const char *path)
{
        _cleanup_free_ char *text = NULL;
        struct file_id id;
        bool is_roots = false;
        size_t n;

        if (file_id_of_roots(root_fd, path, &id, &is_roots) < 0 || !is_roots ||
            file_read_at(root_fd, path, STATE_FILE_MAX, &text, &n) < 0)
                return NULL;
        return json_loadb(text, n, 0, NULL);
}

/* @parts with slashes between them, up to the first that is missing. 1, 0 without any, -ENOMEM. */
static int join_names(const char *const *parts, size_t n, char **ret)
{
        _cleanup_free_ char *joined = NULL;

        for (size_t i = 0; i < n && parts[i] && *parts[i]; i++) {
                _cleanup_free_ char *before = joined;
                joined = NULL;
                if (asprintf(&joined, "%s%s%s", text_or(before, ""), before ? "/" : "", parts[i]) <
                    0) {
                        joined = NULL;
                        return -ENOMEM;
                }
        }
        if (!joined)
                return 0;
        char *name = text_shorten(text_escape_string(joined));
        if (!name)
                return -ENOMEM;
        *ret = name;
        return 1;
}

static int one_name(const char *name, char **ret)
{
        return join_names(&name, 1, ret);
}

/* containers/storage's containers.json: [{"id": "…", "names": ["web"]}, …] */
static int name_in_storage(const json_t *containers, const char *id, char **ret)
{
        const json_t *c;
        size_t i;

        json_array_foreach(containers, i, c) {
                const char *this = json_string_value(json_object_get(c, "id"));
                if (this && strcmp(this, id) == 0)
                        return one_name(
                                json_string_value(json_array_get(json_object_get(c, "names"), 0)),
                                ret);
        }
        return 0;
}

static int read_podman(int root_fd, const char *id, char **ret)
{
        char path[128];

        for (size_t i = 0; i < 2 * ARRAY_SIZE(storage_drivers); i++) {
                const char *driver = storage_drivers[i / 2];
                if (i % 2 == 0)
                        (void)snprintf(path, sizeof(path),
                                       "var/lib/containers/storage/%s-containers/containers.json",
                                       driver);
                else /* containers that a reboot takes away: podman run --rm, since 4.5 */
                        (void)snprintf(
                                path, sizeof(path),
                                "run/containers/storage/%s-containers/volatile-containers.json",
                                driver);
                json_auto_t *containers = read_state(root_fd, path);
                int r = name_in_storage(containers, id, ret);
                if (r != 0)
                        return r;
        }
        return 0;
}

static int read_docker(int root_fd, const char *id, char **ret)
{
        char path[160];

        (void)snprintf(path, sizeof(path), "var/lib/docker/containers/%s/config.v2.json", id);
        json_auto_t *config = read_state(root_fd, path);
        const char *name = json_string_value(json_object_get(config, "Name"));
        return one_name(name && *name == '/' ? name + 1 : name, ret);
}

/* The annotations that an OCI runtime got with the container. */
static int name_in_annotations(const json_t *config, char **ret)
{
        static const char *const keys[][3] = {
                {"io.kubernetes.cri.sandbox-namespace", "io.kubernetes.cri.sandbox-name",
                 "io.kubernetes.cri.container-name"},
                {"io.kubernetes.pod.namespace", "io.kubernetes.pod.name",
                 "io.kubernetes.container.name"},
                {"nerdctl/name"},
        };
        const json_t *annotations = json_object_get(config, "annotations");

        for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
                const char *parts[3] = {};
                for (size_t k = 0; k < 3 && keys[i][k]; k++)
                        parts[k] = json_string_value(json_object_get(annotations, keys[i][k]));
                /* CRI-O names the pod's own container "POD". */
                if (parts[2] && strcmp(parts[2], "POD") == 0)
                        parts[2] = NULL;
                int r = join_names(parts, 3, ret);
                if (r != 0)
                        return r;
        }
        return 0;
}

static int read_containerd(int root_fd, const char *id, char **ret)
{
        char path[192];
        int r = 0;

        for (size_t i = 0; r == 0 && i < ARRAY_SIZE(containerd_namespaces); i++) {
                (void)snprintf(path, sizeof(path),
                               "run/containerd/io.containerd.runtime.v2.task/%s/%s/config.json",
                               containerd_namespaces[i], id);
                json_auto_t *config = read_state(root_fd, path);
                r = name_in_annotations(config, ret);
        }
        return r;
}

static int read_crio(int root_fd, const char *id, char **ret)
{
        char path[192];
        int r = 0;

        for (size_t i = 0; r == 0 && i < ARRAY_SIZE(storage_drivers); i++) {
                (void)snprintf(path, sizeof(path),
                               "run/containers/storage/%s-containers/%s/userdata/config.json",
                               storage_drivers[i], id);
                json_auto_t *config = read_state(root_fd, path);
                r = name_in_annotations(config, ret);
        }
        return r;
}

/* A whole id, as engines write it; so it can stand in a path. */
static bool is_id(const char *s)
{
        return container_is_id(s) && strlen(s) == CONTAINER_ID_MAX;
}

int container_name_read(int root_fd, const struct container *c, char **ret)
{
        static const struct {
                const char *manager;
                int (*read)(int root_fd, const char *id, char **ret);
        } engines[] = {
                {"podman", read_podman},
                {"docker", read_docker},
                {"containerd", read_containerd},
                {"cri_o", read_crio},
        };

        if (c->claimed || !is_id(c->name))
                return 0;
        for (size_t i = 0; i < ARRAY_SIZE(engines); i++) {
                /* Of Kubernetes's cgroups of old only the pod's says what it is, not whose. */
                if (c->manager && strcmp(c->manager, engines[i].manager) != 0)
                        continue;
                int r = engines[i].read(root_fd, c->name, ret);
                if (r != 0)
                        return r;
        }
        return 0;
}
