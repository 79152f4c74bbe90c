/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/proc-mounts.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "proc/mountinfo.h"
#include "util/array.h"
#include "util/macro.h"

/* Of one mount namespace; a file on another one is not verified. */
#define MOUNTS_MAX 4096

static void mount_clear(struct proc_mount *m)
{
        free(m->root);
        free(m->target);
}

void proc_mounts_deinit(struct proc_mounts *m)
{
        for (size_t i = 0; i < m->n; i++)
                mount_clear(&m->mounts[i]);
        free(m->mounts);
        free(m->others.numbers);
        *m = (struct proc_mounts){};
}

/* New string, as it was before the kernel wrote it into a line. */
static char *unescaped(const char *text, size_t n)
{
        char *s = strndup(text, n);

        if (s)
                s[proc_mountinfo_unescape(s, n)] = '\0';
        return s;
}

int proc_mounts_add(struct proc_mounts *m, const char *line)
{
        struct mountinfo info;

        if (proc_mountinfo_parse(line, strcspn(line, "\n"), &info) < 0)
                return 0;
        if (!proc_mountinfo_is(&info, "proc"))
                return number_list_add(&m->others, info.id);
        if (m->n == MOUNTS_MAX)
                return 0;
        struct proc_mount mount = {.id = info.id,
                                   .device = info.device,
                                   .root = unescaped(info.root, info.root_length),
                                   .target = unescaped(info.target, info.target_length)};
        if (!mount.root || !mount.target ||
            !array_make_room(&m->mounts, m->n, &m->room, sizeof(*m->mounts))) {
                mount_clear(&mount);
                return -ENOMEM;
        }
        m->mounts[m->n++] = mount;
        return 0;
}

int proc_mounts_read(struct proc_mounts *m, int dir_fd, const char *path)
{
        char *line = NULL;
        size_t room = 0;
        int r = 0;

        int fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC);
        FILE *file = fd < 0 ? NULL : fdopen(fd, "re");
        if (!file) {
                r = negative_errno();
                fd_close(fd);
                return r;
        }
        while (r >= 0 && getline(&line, &room, file) > 0)
                r = proc_mounts_add(m, line);
        free(line);
        (void)fclose(file);
        return r;
}

const struct proc_mount *proc_mounts_find(const struct proc_mounts *m, uint64_t id, bool *ret_other)
{
        *ret_other = false;
        for (size_t i = 0; i < m->n; i++)
                if (m->mounts[i].id == id)
                        return &m->mounts[i];
        for (size_t i = 0; i < m->others.n; i++)
                *ret_other |= m->others.numbers[i] == id;
        return NULL;
}

bool proc_mounts_have(const struct proc_mounts *m, uint64_t device)
{
        for (size_t i = 0; i < m->n; i++)
                if (m->mounts[i].device == device)
                        return true;
        return false;
}

char *proc_mounts_path(const struct proc_mount *mount, const char *link)
{
        const char *target = strcmp(mount->target, "/") == 0 ? "" : mount->target;
        const char *root = strcmp(mount->root, "/") == 0 ? "" : mount->root;
        size_t n = strlen(target);
        char *path;

        if (strncmp(link, target, n) != 0 || (link[n] != '\0' && link[n] != '/'))
                return NULL;
        return asprintf(&path, "%s%s", root, link + n) < 0 ? NULL : path;
}
