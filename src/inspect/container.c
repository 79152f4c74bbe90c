/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/container.h"

#include <ctype.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "util/text.h"

/* What one component of a cgroup's path may say. */
struct form {
        const char *prefix;
        const char *suffix;
        const char *manager; /* NULL: says nothing, but keeps later forms from matching */
        enum { NAME_HEX, NAME_ANY } name;
};

/* In this order: what is more special comes first. The helpers that a manager runs beside a
 * container (conmon) are not in it. */
static const struct form forms[] = {
        {"crio-conmon-", "", NULL, NAME_ANY},
        {"libpod-conmon-", "", NULL, NAME_ANY},
        {"docker-", ".scope", "docker", NAME_HEX},
        {"libpod-payload-", "", "podman", NAME_HEX},
        {"libpod-", ".scope", "podman", NAME_HEX},
        {"libpod-", "", "podman", NAME_HEX},
        {"cri-containerd-", ".scope", "containerd", NAME_HEX},
        {"nerdctl-", ".scope", "containerd", NAME_HEX},
        {"crio-", ".scope", "cri_o", NAME_HEX},
        {"crio-", "", "cri_o", NAME_HEX},
        {"lxc.payload.", "", "lxc", NAME_ANY},
        {"machine-qemu", ".scope", "libvirt", NAME_ANY},
        {"machine-lxc", ".scope", "libvirt", NAME_ANY},
        {"machine-", ".scope", "systemd_nspawn", NAME_ANY},
        {"systemd-nspawn@", ".service", "systemd_nspawn", NAME_ANY},
};

/* Parents whose children are containers, named by nothing but their id or name. */
static const struct {
        const char *parent;
        const char *manager;
        enum { CHILD_HEX, CHILD_ANY } name;
} parents[] = {
        {"docker", "docker", CHILD_HEX},
        {"libpod_parent", "podman", CHILD_HEX},
        {"lxc.payload", "lxc", CHILD_ANY},
        {"lxc", "lxc", CHILD_ANY},
};

struct component {
        const char *text;
        size_t n;
};

static bool component_is(const struct component *c, const char *text)
{
        return c->n == strlen(text) && memcmp(c->text, text, c->n) == 0;
}

/* Ids are 64 hexadecimal digits; so long a minimum keeps words like "face" out. */
static bool is_hex_id(const struct component *c)
{
        if (c->n < 32)
                return false;
        for (size_t i = 0; i < c->n; i++)
                if (!isxdigit((unsigned char)c->text[i]))
                        return false;
        return true;
}

/* What is left of @c between @prefix and @suffix, if anything. */
static bool component_middle(const struct component *c, const char *prefix, const char *suffix,
                             struct component *ret)
{
        size_t n_prefix = strlen(prefix), n_suffix = strlen(suffix);

        if (c->n <= n_prefix + n_suffix || memcmp(c->text, prefix, n_prefix) != 0 ||
            memcmp(c->text + c->n - n_suffix, suffix, n_suffix) != 0)
                return false;
        *ret = (struct component){c->text + n_prefix, c->n - n_prefix - n_suffix};
        return true;
}

static int hex_value(char c)
{
        return text_hex_digit((char)tolower((unsigned char)c));
}

/* Takes the \xNN of systemd's unit names back, cuts a leading "-" (from "machine-qemu\x2d1…"), and
 * escapes what is left for printing. */
static int set_name(const struct component *c, char **ret)
{
        _cleanup_free_ char *raw = malloc(c->n + 1);
        size_t n = 0;

        if (!raw)
                return -ENOMEM;
        for (size_t i = 0; i < c->n; i++) {
                if (c->n - i >= 4 && c->text[i] == '\\' && c->text[i + 1] == 'x' &&
                    hex_value(c->text[i + 2]) >= 0 && hex_value(c->text[i + 3]) >= 0) {
                        raw[n++] =
                                (char)(hex_value(c->text[i + 2]) * 16 + hex_value(c->text[i + 3]));
                        i += 3;
                } else
                        raw[n++] = c->text[i];
        }
        size_t skip = n > 1 && raw[0] == '-';
        free(*ret);
        *ret = text_escape(raw + skip, n - skip);
        return *ret ? 1 : -ENOMEM;
}

/* "kubepods-burstable-pod0f3c_….slice" (underscores for the uid's dashes), or "pod0f3c-…" below
 * "kubepods". */
static int match_pod(const struct component *c, bool kubernetes, struct container *ret)
{
        struct component uid;
        const char *p;

        if (c->n > 8 && memcmp(c->text, "kubepods", 8) == 0 &&
            component_middle(c, "", ".slice", &uid)) {
                p = memmem(uid.text, uid.n, "-pod", 4);
                if (!p)
                        return 0;
                uid = (struct component){p + 4, uid.n - (size_t)(p + 4 - uid.text)};
        } else if (!kubernetes || !component_middle(c, "pod", "", &uid))
                return 0;
        if (uid.n == 0)
                return 0;
        int r = set_name(&uid, &ret->pod);
        for (char *q = r > 0 ? ret->pod : NULL; q && *q; q++)
                if (*q == '_')
                        *q = '-';
        return r;
}

static int match_form(const struct component *c, struct container *ret)
{
        for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
                struct component name;

                if (!component_middle(c, forms[i].prefix, forms[i].suffix, &name))
                        continue;
                if (forms[i].name == NAME_HEX && !is_hex_id(&name))
                        continue;
                if (!forms[i].manager)
                        return 0;
                ret->manager = forms[i].manager;
                return set_name(&name, &ret->name);
        }
        return 0;
}

static int match_child(const struct component *parent, const struct component *c,
                       struct container *ret)
{
        for (size_t i = 0; i < ARRAY_SIZE(parents); i++) {
                if (!component_is(parent, parents[i].parent) ||
                    (parents[i].name == CHILD_HEX && !is_hex_id(c)))
                        continue;
                ret->manager = parents[i].manager;
                return set_name(c, &ret->name);
        }
        return 0;
}

int container_from_cgroup(const char *path, size_t n_proved, struct container *ret)
{
        struct container found = {};
        struct component parent = {}, c;
        bool kubernetes = false;
        int r = 0;

        /* The innermost container wins: one in another is in the inner one. */
        for (const char *p = path; r >= 0 && *p; p = c.text + c.n, parent = c) {
                p += strspn(p, "/");
                c = (struct component){p, strcspn(p, "/")};
                if (c.n == 0)
                        break;
                kubernetes = kubernetes || (c.n >= 8 && memcmp(p, "kubepods", 8) == 0);
                r = match_pod(&c, kubernetes, &found);
                if (r == 0)
                        r = match_form(&c, &found);
                if (r == 0 && parent.n > 0)
                        r = match_child(&parent, &c, &found);
                /* Kubernetes with the cgroupfs driver: the bare id, whatever the runtime is. */
                if (r == 0 && found.pod && is_hex_id(&c))
                        r = set_name(&c, &found.name);
                if (r > 0 && (size_t)(c.text + c.n - path) > n_proved)
                        found.claimed = true;
        }
        if (r < 0) {
                container_deinit(&found);
                return r;
        }
        if (!found.name && !found.pod)
                return 0;
        *ret = found;
        return 1;
}

static const struct {
        const char *value;
        const char *manager;
} environment_values[] = {
        {"docker", "docker"},
        {"podman", "podman"},
        {"lxc", "lxc"},
        {"lxc-libvirt", "libvirt"},
        {"systemd-nspawn", "systemd_nspawn"},
};

int container_from_environment(const char *environment, size_t n, struct container *ret)
{
        for (const char *p = environment, *end = environment + n; p < end;) {
                size_t length = strnlen(p, (size_t)(end - p));

                for (size_t i = 0; i < ARRAY_SIZE(environment_values); i++) {
                        const char *value = environment_values[i].value;
                        if (length == strlen("container=") + strlen(value) &&
                            memcmp(p, "container=", strlen("container=")) == 0 &&
                            memcmp(p + strlen("container="), value, strlen(value)) == 0) {
                                *ret = (struct container){
                                        .manager = environment_values[i].manager,
                                        .claimed = true,
                                };
                                return 1;
                        }
                }
                p += length + 1;
        }
        return 0;
}

void container_deinit(struct container *c)
{
        free(c->name);
        free(c->pod);
        *c = (struct container){};
}

bool container_is_id(const char *s)
{
        size_t n = s ? strlen(s) : 0;

        return n >= CONTAINER_ID_MIN && n <= CONTAINER_ID_MAX && strspn(s, "0123456789abcdef") == n;
}

bool container_is_called(const char *id, const char *name, const char *text)
{
        if ((name && strcmp(name, text) == 0) || (id && strcmp(id, text) == 0))
                return true;
        return id && container_is_id(text) && strncmp(id, text, strlen(text)) == 0;
}

const char *const container_managers[] = {
        "docker", "podman", "containerd", "cri_o", "lxc", "systemd_nspawn", "libvirt", NULL,
};

const char *container_manager_title(const char *manager)
{
        return strcmp(manager, "cri_o") == 0            ? "CRI-O"
               : strcmp(manager, "systemd_nspawn") == 0 ? "systemd-nspawn"
                                                        : manager;
}

char *container_text(const struct container *c, const char *name)
{
        const char *id = text_or(c->name, "without an id");
        int shown =
                strlen(id) == CONTAINER_ID_MAX && container_is_id(id) ? CONTAINER_ID_MIN : INT_MAX;
        char *text;

        if (asprintf(&text, "%s container %.*s%s%s%s%s",
                     c->manager ? container_manager_title(c->manager) : "a", shown, id,
                     name ? " (" : "", text_or(name, ""), name ? ")" : "",
                     c->claimed ? ", by its own account" : "") < 0)
                return NULL;
        return text;
}
