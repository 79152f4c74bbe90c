/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "proc/cgroup.h"

#include <string.h>

#include "util/file.h"

/* A line for each of a dozen hierarchies, and a path of up to 4096 bytes in it. */
#define CGROUP_MAX ((size_t)64 * 1024)

struct proc_cgroup proc_cgroup_parse(char *text)
{
        struct proc_cgroup systemd = {}, unified = {}, other = {};
        char *next;

        for (char *line = text; line; line = next) {
                next = strchr(line, '\n');
                if (next)
                        *next++ = '\0';
                /* hierarchy:controllers:path */
                char *controllers = strchr(line, ':');
                char *path = controllers ? strchr(++controllers, ':') : NULL;
                if (!path || path[1] != '/' || !path[2])
                        continue;
                *path++ = '\0';
                const struct proc_cgroup c = {path, controllers};
                if (strcmp(controllers, "name=systemd") == 0)
                        systemd = c;
                else if (!*controllers)
                        unified = c;
                else if (!other.path)
                        other = c;
        }
        return systemd.path ? systemd : unified.path ? unified : other;
}

int proc_cgroup_read_text(int dir_fd, char **ret)
{
        return file_read_at(dir_fd, "cgroup", CGROUP_MAX, ret, NULL);
}

int proc_cgroup_read(int dir_fd, char **ret_text, struct proc_cgroup *ret)
{
        int r = proc_cgroup_read_text(dir_fd, ret_text);
        if (r >= 0)
                *ret = proc_cgroup_parse(*ret_text);
        return r;
}
