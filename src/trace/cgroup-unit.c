/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "trace/cgroup-unit.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/statfs.h>

#include "util/macro.h"
#include "util/unit-name.h"

/* include/uapi/linux/magic.h */
#define CGROUP2_MAGIC 0x63677270

/* include/linux/exportfs.h: the handle is the number alone. */
#define FILEID_KERNFS 0xfe

int cgroup_unit_of_path(const char *path, char **ret)
{
        char name[NAME_MAX + 1];

        *ret = NULL;
        for (const char *p = path; *(p += strspn(p, "/"));) {
                size_t n = strcspn(p, "/");
                if (n > NAME_MAX)
                        return 0;
                memcpy(name, p, n);
                name[n] = '\0';
                p += n;
                if (unit_name_is_valid(name) && unit_name_has_suffix(name, ".slice"))
                        continue;
                /* systemd puts this before what the kernel has another meaning for. */
                const char *unit = *name == '_' ? name + 1 : name;
                if (!unit_name_is_valid(unit))
                        return 0;
                *ret = strdup(unit);
                return *ret ? 0 : -ENOMEM;
        }
        return 0;
}

/* Where version 2 is mounted, alone or beside version 1. */
static int open_mount(const char **ret_path)
{
        static const char *const paths[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"};
        struct statfs fs;

        for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
                _cleanup_close_ int fd = open(paths[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                if (fd < 0 || fstatfs(fd, &fs) < 0 || (unsigned long)fs.f_type != CGROUP2_MAGIC)
                        continue;
                *ret_path = paths[i];
                return TAKE_FD(fd);
        }
        return -ENOENT;
}

int cgroup_unit_of_id(uint64_t id, char **ret)
{
        union {
                struct file_handle handle;
                char room[sizeof(struct file_handle) + sizeof(uint64_t)];
        } h = {.handle = {.handle_bytes = sizeof(id), .handle_type = FILEID_KERNFS}};
        char link[64], path[PATH_MAX];
        const char *mount_path;

        *ret = NULL;
        _cleanup_close_ int mount_fd = open_mount(&mount_path);
        if (mount_fd < 0 || id == 0)
                return 0;
        memcpy(h.handle.f_handle, &id, sizeof(id));
        _cleanup_close_ int fd = open_by_handle_at(mount_fd, &h.handle, O_PATH | O_CLOEXEC);
        if (fd < 0)
                return 0;
        (void)snprintf(link, sizeof(link), "/proc/thread-self/fd/%d", fd);
        ssize_t n = readlink(link, path, sizeof(path) - 1);
        size_t n_mount = strlen(mount_path);
        if (n < (ssize_t)n_mount || memcmp(path, mount_path, n_mount) != 0)
                return 0;
        path[n] = '\0';
        return cgroup_unit_of_path(path + n_mount, ret);
}
