/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netns/unmount.h"

#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "netns/nsfd.h"
#include "netns/path.h"
#include "util/macro.h"

struct place {
        int mntns;
        int directory; /* the parent's, O_PATH */
        int mount;     /* the root of the mount, O_PATH */
        const char *name;
};

static void place_close(struct place *p)
{
        (void)fd_close(p->mntns);
        (void)fd_close(p->directory);
        (void)fd_close(p->mount);
}

/* Exactly the namespace that is wanted, also where an nsfs fd does not tell its cookie. */
static int verify(int mount, const struct netns_wanted *wanted)
{
        uint64_t cookie;

        _cleanup_close_ int fd = netns_open_found(mount, wanted);
        if (fd < 0 || wanted->cookie == 0)
                return MIN(fd, 0);
        int r = nsfd_cookie(fd, &cookie);
        return r < 0 ? r : cookie == wanted->cookie ? 0 : -ESTALE;
}

static int find(int task_fd, const char *path, const struct netns_wanted *wanted, struct place *p)
{
        char parent[PATH_MAX];
        const char *slash = strrchr(path, '/');

        if (!slash || !slash[1] || strlen(path) >= sizeof(parent))
                return -EINVAL;
        memcpy(parent, path, (size_t)(slash - path) + 1);
        parent[slash - path + 1] = '\0';
        p->name = slash + 1;
        p->mntns = openat(task_fd, "ns/mnt", O_RDONLY | O_CLOEXEC);
        _cleanup_close_ int root = openat(task_fd, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (p->mntns < 0 || root < 0)
                return negative_errno();
        p->directory = path_find_plain(root, parent, task_fd);
        if (p->directory < 0)
                return p->directory;
        p->mount = path_find_plain(p->directory, p->name, task_fd);
        return p->mount < 0 ? p->mount : verify(p->mount, wanted);
}

/* In a child: the magic link of an fd leads to the very mount that was verified. 0 or an errno; the
 * file was removed: -1. */
static int act(const struct place *p)
{
        struct stat st;
        char link[16];

        int links = open("/proc/thread-self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (links < 0 || setns(p->mntns, CLONE_NEWNS) < 0 || fchdir(links) < 0)
                return errno;
        (void)snprintf(link, sizeof(link), "%d", p->mount);
        if (umount2(link, MNT_DETACH) < 0)
                return errno;
        if (fstatat(p->directory, p->name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode) ||
            st.st_size != 0 || unlinkat(p->directory, p->name, 0) < 0)
                return 0;
        return -1;
}

/* What the child answers when it has removed the file; no errno is as large. */
#define STATUS_UNLINKED 255

static int act_in_child(const struct place *p, bool *ret_unlinked)
{
        int status;

        pid_t child = fork();
        if (child < 0)
                return negative_errno();
        if (child == 0) {
                int r = act(p);
                _exit(r < 0 ? STATUS_UNLINKED : r);
        }
        while (waitpid(child, &status, 0) < 0)
                if (errno != EINTR)
                        return negative_errno();
        if (!WIFEXITED(status))
                return -EIO;
        *ret_unlinked = WEXITSTATUS(status) == STATUS_UNLINKED;
        return *ret_unlinked ? 0 : -WEXITSTATUS(status);
}

int unmount_netns(int task_fd, const char *path, const struct netns_wanted *wanted,
                  bool *ret_unlinked)
{
        struct place p = {.mntns = -EBADF, .directory = -EBADF, .mount = -EBADF};

        *ret_unlinked = false;
        int r = find(task_fd, path, wanted, &p);
        if (r >= 0)
                r = act_in_child(&p, ret_unlinked);
        place_close(&p);
        return r;
}
