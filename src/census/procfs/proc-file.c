/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/proc-file.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "census/procfs/file-class.h"
#include "census/procfs/proc-net.h"
#include "proc/error.h"
#include "proc/tree.h"

/* include/uapi/linux/stat.h, 5.8 */
#ifndef STATX_MNT_ID
#define STATX_MNT_ID 0x1000U
#endif

int proc_files_init(struct proc_files *f, int proc_fd)
{
        struct statx stx;

        *f = (struct proc_files){.proc_fd = proc_fd};
        if (statx(proc_fd, "", AT_EMPTY_PATH, STATX_INO, &stx) < 0)
                return negative_errno();
        f->device = statx_device(&stx);
        return proc_mounts_read(&f->own, proc_fd, "thread-self/mountinfo");
}

void proc_files_deinit(struct proc_files *f)
{
        proc_mounts_deinit(&f->own);
        proc_mounts_deinit(&f->of);
        number_set_free(f->tree);
}

/* The mounts that the task of @h sees. What cannot be read is empty. */
static int read_mounts(struct proc_files *f, const struct holder *h)
{
        char path[64];

        if (f->of_pid == h->pid && f->of_tid == h->tid)
                return 0;
        proc_mounts_deinit(&f->of);
        f->of_pid = h->pid;
        f->of_tid = h->tid;
        (void)snprintf(path, sizeof(path), "%d/task/%d/mountinfo", (int)h->pid, (int)h->tid);
        int r = proc_mounts_read(&f->of, f->proc_fd, path);
        return r == -ENOMEM ? r : 0;
}

static int add_number(const char *path, uint64_t inode, void *userdata)
{
        return MIN(number_set_add(userdata, inode), 0);
}

int proc_files_tree_has(struct proc_files *f, uint64_t inode)
{
        if (!f->tree) {
                f->tree = number_set_new();
                if (!f->tree)
                        return -ENOMEM;
                int fd = openat(f->proc_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                int r = fd < 0 ? negative_errno() : proc_tree_walk(fd, add_number, f->tree);
                if (r == -ENOMEM)
                        return r;
                f->tree_complete = r == 0;
        }
        if (number_set_has(f->tree, inode))
                return 1;
        return f->tree_complete ? 0 : -ENODATA;
}

/* Opens the file anew. One whose namespace is gone gives ENOENT, or ENXIO while it goes. */
static int reopen(int found)
{
        char path[48];

        (void)snprintf(path, sizeof(path), "/proc/thread-self/fd/%d", found);
        int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        return fd < 0 ? negative_errno() : fd;
}

static bool is_dead(int r)
{
        return r == -ENOENT || r == -ENXIO;
}

/* A file of which the mount tells where in procfs it is. */
static enum proc_file look_by_path(int found, const char *path, const char **ret_file)
{
        const char *file;

        if (!proc_net_parse(path, &file))
                return PROC_FILE_NOTHING;
        switch (proc_net_kind_of(file, ret_file)) {
        case PROC_NET_HOLDS: {
                _cleanup_close_ int fd = reopen(found);
                return is_dead(fd) ? PROC_FILE_NOTHING : PROC_FILE_HOLDS;
        }
        case PROC_NET_HOLDS_NOT:
                return PROC_FILE_NOTHING;
        default:
                return PROC_FILE_PERHAPS;
        }
}

/* A file of procfs on a mount that nobody shows any more: only what is in it tells what it is.
 * Reading changes nothing there, for those files that it would are in the tree. */
static int look_by_heading(struct proc_files *f, int found, uint64_t inode, enum proc_file *ret)
{
        char text[PROC_NET_HEADING_MAX];

        *ret = PROC_FILE_UNKNOWN;
        int r = proc_files_tree_has(f, inode);
        if (r == -ENOMEM)
                return r;
        if (r > 0)
                *ret = PROC_FILE_NOTHING;
        if (r != 0)
                return 0;
        _cleanup_close_ int fd = reopen(found);
        if (fd < 0) {
                if (is_dead(fd))
                        *ret = PROC_FILE_NOTHING;
                return 0;
        }
        *ret = PROC_FILE_ALIVE;
        ssize_t n = pread(fd, text, sizeof(text), 0);
        if (n > 0 && proc_net_begins(text, (size_t)n))
                *ret = PROC_FILE_HOLDS;
        return 0;
}

/* The link of a file of ours, as kept by the kernel: a name that somebody looked up again since
 * reads "… (deleted)". */
static int read_link(int found, char link[static PATH_MAX])
{
        static const char deleted[] = " (deleted)";
        char path[48];

        (void)snprintf(path, sizeof(path), "/proc/thread-self/fd/%d", found);
        ssize_t n = readlink(path, link, PATH_MAX - 1);
        if (n < 0)
                return negative_errno();
        link[n] = '\0';
        size_t length = (size_t)n, suffix = strlen(deleted);
        if (length > suffix && strcmp(link + length - suffix, deleted) == 0)
                link[length - suffix] = '\0';
        return 0;
}

static int look(struct proc_files *f, int found, const struct statx *stx, enum proc_file *ret,
                const char **ret_file)
{
        uint64_t device = statx_device(stx);
        const struct proc_mount *mount = NULL;
        char link[PATH_MAX];
        bool other = false, other_own = false;

        if (stx->stx_mask & STATX_MNT_ID) {
                mount = proc_mounts_find(&f->own, stx->stx_mnt_id, &other_own);
                if (!mount)
                        mount = proc_mounts_find(&f->of, stx->stx_mnt_id, &other);
        }
        *ret = PROC_FILE_NOTHING;
        if (other || other_own)
                return 0;
        if (mount && mount->device == device && read_link(found, link) == 0) {
                _cleanup_free_ char *path = proc_mounts_path(mount, link);
                if (path) {
                        *ret = look_by_path(found, path, ret_file);
                        return 0;
                }
        }
        if (device == f->device || proc_mounts_have(&f->own, device) ||
            proc_mounts_have(&f->of, device))
                return look_by_heading(f, found, stx->stx_ino, ret);
        *ret = PROC_FILE_UNKNOWN;
        return 0;
}

int proc_file_look(struct proc_files *f, const struct holder *h, enum proc_file *ret,
                   const char **ret_file)
{
        char path[64];
        struct statx stx;

        *ret = PROC_FILE_NOTHING;
        *ret_file = NULL;
        (void)snprintf(path, sizeof(path), "%d/task/%d/fd/%d", (int)h->pid, (int)h->tid, h->fd);
        /* O_PATH: nothing is opened, and nobody is asked, before it is known to be of procfs. */
        _cleanup_close_ int found = openat(f->proc_fd, path, O_PATH | O_CLOEXEC);
        if (found < 0) {
                if (!proc_error_is_gone(negative_errno()))
                        *ret = PROC_FILE_UNKNOWN;
                return 0;
        }
        if (statx(found, "", AT_EMPTY_PATH | FILE_CLASS_STATX_FLAGS, STATX_INO | STATX_MNT_ID,
                  &stx) < 0 ||
            stx.stx_ino != h->file_inode)
                return 0;
        int r = read_mounts(f, h);
        return r < 0 ? r : look(f, found, &stx, ret, ret_file);
}
