/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netns/path.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#include "netns/mount-guard.h"
#include "util/macro.h"

/* include/uapi/linux/openat2.h, 5.12: -EAGAIN instead of a lookup that may wait. */
#ifndef RESOLVE_CACHED
#define RESOLVE_CACHED 0x20
#endif

/* As often as the kernel follows links in one path: MAXSYMLINKS. */
#define LINKS_MAX 40

/* RESOLVE_CACHED also gives up when something else changed the tree just then. */
#define CACHED_TRIES 3

/* fs/proc/generic.c: the inode numbers of what is not of a process begin here. */
#define PROC_DYNAMIC_FIRST 0xF0000000U

struct path {
        struct mount_guard guard;
        int root;
        int fds[PATH_DEPTH_MAX]; /* the directories below the root that lead to here */
        size_t depth;
        bool plain; /* no link is followed */
        unsigned links;
        char rest[PATH_MAX]; /* what is still to be walked */
};

static int here(const struct path *p)
{
        return p->depth == 0 ? p->root : p->fds[p->depth - 1];
}

static void up(struct path *p)
{
        if (p->depth > 0)
                fd_close(p->fds[--p->depth]);
}

static void path_deinit(struct path *p)
{
        while (p->depth > 0)
                up(p);
}

/* Takes the next component off the rest. NULL at the end; *ret_last: nothing, not even a slash,
 * comes after it. */
static const char *next(struct path *p, char name[static NAME_MAX + 1], bool *ret_last, int *ret)
{
        const char *start = p->rest + strspn(p->rest, "/");
        size_t length = strcspn(start, "/");

        *ret = 0;
        if (length == 0)
                return NULL;
        if (length > NAME_MAX) {
                *ret = -ENAMETOOLONG;
                return NULL;
        }
        memcpy(name, start, length);
        name[length] = '\0';
        *ret_last = start[length] == '\0';
        memmove(p->rest, start + length, strlen(start + length) + 1);
        return name;
}

/* Whether a symbolic link is one of those of procfs that are no text: /proc/PID/root, fd/N, … They
 * belong to a process; self, mounts and net do not, and are text like any other. */
static bool is_magic(int link_fd, const struct statx *stx)
{
        struct statfs fs;

        /* The guard has said that asking does not wait. */
        return fstatfs(link_fd, &fs) < 0 ||
               (fs.f_type == PROC_SUPER_MAGIC && stx->stx_ino < PROC_DYNAMIC_FIRST);
}

/* Puts the text of a link before the rest. */
static int follow(struct path *p, int link_fd, const struct statx *stx)
{
        char text[PATH_MAX];

        if (p->plain || ++p->links > LINKS_MAX || is_magic(link_fd, stx))
                return -ELOOP;
        ssize_t n = readlinkat(link_fd, "", text, sizeof(text));
        if (n < 0)
                return negative_errno();
        if (n == 0)
                return -ENOENT;
        size_t rest = strlen(p->rest);
        if ((size_t)n + rest >= sizeof(p->rest))
                return -ENAMETOOLONG;
        memmove(p->rest + n, p->rest, rest + 1);
        memcpy(p->rest, text, (size_t)n);
        if (text[0] == '/')
                while (p->depth > 0)
                        up(p);
        return 0;
}

/* Into a directory. Takes @fd. */
static int down(struct path *p, int fd)
{
        if (p->depth == PATH_DEPTH_MAX) {
                fd_close(fd);
                return -ENAMETOOLONG;
        }
        p->fds[p->depth++] = fd;
        return 0;
}

/* One component. 1 with *ret_fd when it is what was looked for, 0 when the way goes on. */
static int step(struct path *p, const char *name, bool last, int *ret_fd)
{
        struct statx stx;

        if (strcmp(name, ".") == 0)
                return 0;
        if (strcmp(name, "..") == 0) {
                up(p);
                return 0;
        }
        int r = mount_guard_check(&p->guard, here(p));
        if (r < 0)
                return r;
        _cleanup_close_ int fd = openat(here(p), name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0 || statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT,
                            STATX_TYPE | STATX_INO, &stx) < 0)
                return negative_errno();
        if (last) {
                *ret_fd = TAKE_FD(fd);
                return 1;
        }
        if (S_ISLNK(stx.stx_mode))
                return follow(p, fd, &stx);
        return S_ISDIR(stx.stx_mode) ? down(p, TAKE_FD(fd)) : -ENOTDIR;
}

/* The directory that the way has ended in. */
static int again(int fd)
{
        int copy = openat(fd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
        return copy < 0 ? negative_errno() : copy;
}

static int walk(int root_fd, const char *path, int process_fd, bool plain)
{
        _cleanup_(path_deinit) struct path p = {
                .root = root_fd, .guard = MOUNT_GUARD_INIT(process_fd), .plain = plain};
        char name[NAME_MAX + 1];
        bool last;
        int r = 0, fd;

        if (!*path)
                return -ENOENT;
        if (strlen(path) >= sizeof(p.rest))
                return -ENAMETOOLONG;
        strcpy(p.rest, path);
        while (r == 0 && next(&p, name, &last, &r))
                r = step(&p, name, last, &fd);
        if (r < 0)
                return r;
        return r > 0 ? fd : again(here(&p));
}

int path_walk(int root_fd, const char *path, int process_fd)
{
        return walk(root_fd, path, process_fd, false);
}

int path_walk_plain(int root_fd, const char *path, int process_fd)
{
        return walk(root_fd, path, process_fd, true);
}

static int find(int root_fd, const char *path, int process_fd, bool plain)
{
        const struct open_how how = {.flags = O_PATH | O_CLOEXEC | O_NOFOLLOW,
                                     .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS |
                                                RESOLVE_CACHED | (plain ? RESOLVE_NO_SYMLINKS : 0)};

        for (unsigned i = 0; i < CACHED_TRIES; i++) {
                int fd = (int)syscall(SYS_openat2, root_fd, path, &how, sizeof(how));
                if (fd >= 0)
                        return fd;
                if (errno != EAGAIN)
                        break;
        }
        switch (errno) {
        case EAGAIN: /* not in the caches, or something that waits */
        case EINVAL: /* RESOLVE_CACHED came with 5.12 */
        case ENOSYS: /* a sandbox: what it cannot look into, it calls unknown (RestrictSUIDSGID=)
                      */
        case EPERM:  /* or forbidden */
                return walk(root_fd, path, process_fd, plain);
        default:
                return negative_errno();
        }
}

int path_find(int root_fd, const char *path, int process_fd)
{
        return find(root_fd, path, process_fd, false);
}

int path_find_plain(int root_fd, const char *path, int process_fd)
{
        return find(root_fd, path, process_fd, true);
}
