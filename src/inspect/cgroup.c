/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/cgroup.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include "util/macro.h"

/* include/uapi/linux/magic.h */
#define CGROUP_MAGIC  0x27e0eb
#define CGROUP2_MAGIC 0x63677270

/* Whether only root makes children of this directory. */
static bool is_roots(int fd)
{
        struct stat st;

        return fstat(fd, &st) == 0 && st.st_uid == 0 && !(st.st_mode & (S_IWGRP | S_IWOTH));
}

static bool is_user_manager(const char *component, size_t n)
{
        static const char begin[] = "user@", end[] = ".service";
        size_t n_begin = sizeof(begin) - 1, n_end = sizeof(end) - 1;

        return n > n_begin + n_end && memcmp(component, begin, n_begin) == 0 &&
               memcmp(component + n - n_end, end, n_end) == 0;
}

size_t cgroup_proved_at(const char *path, int mount_fd)
{
        _cleanup_close_ int parent = fcntl(mount_fd, F_DUPFD_CLOEXEC, 0);
        const char *p = path;

        while (parent >= 0 && is_roots(parent)) {
                char name[NAME_MAX + 1];
                const char *component = p + strspn(p, "/");
                size_t n = strcspn(component, "/");

                if (n == 0 || n > NAME_MAX)
                        break;
                memcpy(name, component, n);
                name[n] = '\0';
                /* A group outside our own cgroup namespace is shown with "..". */
                if (strcmp(name, "..") == 0)
                        break;
                p = component + n;
                if (is_user_manager(component, n))
                        break;
                int child = openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
                parent = fd_close(parent);
                parent = child;
        }
        return (size_t)(p - path);
}

/* Where systemd and all others mount a hierarchy: systemd's CGROUP_INTERFACE, "Cgroups, version 1".
 */
static int open_mount(const char *controllers)
{
        char path[PATH_MAX];
        struct statfs fs;

        if (strncmp(controllers, "name=", strlen("name=")) == 0)
                controllers += strlen("name=");
        const char *names[] = {*controllers ? controllers : "unified", *controllers ? NULL : ""};
        for (size_t i = 0; i < ARRAY_SIZE(names) && names[i]; i++) {
                (void)snprintf(path, sizeof(path), "/sys/fs/cgroup/%s", names[i]);
                _cleanup_close_ int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
                if (fd >= 0 && fstatfs(fd, &fs) == 0 &&
                    (unsigned long)fs.f_type == (*controllers ? CGROUP_MAGIC : CGROUP2_MAGIC))
                        return TAKE_FD(fd);
        }
        return -ENOENT;
}

size_t cgroup_proved(const struct proc_cgroup *c)
{
        _cleanup_close_ int mount_fd = open_mount(c->controllers);

        return mount_fd < 0 ? 0 : cgroup_proved_at(c->path, mount_fd);
}
