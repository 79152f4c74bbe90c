/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netns/mount-guard.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "proc/fdinfo.h"
#include "proc/mountinfo.h"
#include "util/file.h"
#include "util/kernel.h"

/* /proc/PID/fdinfo/N of an O_PATH fd: four short lines. */
#define FDINFO_MAX ((size_t)4096)

/* No list of mounts is read further than this: somebody has blown it up. */
#define MOUNTINFO_MAX ((size_t)8 * 1024 * 1024)

/* include/linux/proc_ns.h: the initial user namespace, since 3.8. */
#define PROC_USER_INIT_INO 0xEFFFFFFDU

static const char *const local_types[] = {
        "bcachefs", "binfmt_misc", "bpf",      "btrfs",     "cgroup",  "cgroup2", "configfs",
        "debugfs",  "devpts",      "devtmpfs", "efivarfs",  "erofs",   "exfat",   "ext2",
        "ext3",     "ext4",        "f2fs",     "hugetlbfs", "iso9660", "jfs",     "mqueue",
        "nilfs2",   "nsfs",        "ntfs3",    "proc",      "pstore",  "ramfs",   "reiserfs",
        "rootfs",   "securityfs",  "squashfs", "sysfs",     "tmpfs",   "tracefs", "udf",
        "vfat",     "xfs",         "zfs",
};

bool mount_guard_is_local(const char *type, size_t length, bool trusted)
{
        static const char overlay[] = "overlay";

        for (size_t i = 0; i < ARRAY_SIZE(local_types); i++)
                if (strlen(local_types[i]) == length && memcmp(local_types[i], type, length) == 0)
                        return true;
        return trusted && length == strlen(overlay) && memcmp(type, overlay, length) == 0;
}

static int mount_id(int fd, uint64_t *ret)
{
        _cleanup_free_ char *text = NULL;
        char path[48];
        size_t n;

        (void)snprintf(path, sizeof(path), "/proc/thread-self/fdinfo/%d", fd);
        int r = file_read_at(AT_FDCWD, path, FDINFO_MAX, &text, &n);
        if (r < 0)
                return r;
        return proc_fdinfo_mount_id(text, n, ret) < 0 ? -EAGAIN : 0;
}

/* Whether only those could mount there who may mount anything on this host. */
static bool is_trusted(int dir_fd)
{
        struct stat st;

        _cleanup_close_ int mnt = openat(dir_fd, "ns/mnt", O_RDONLY | O_CLOEXEC);
        _cleanup_close_ int userns = mnt < 0 ? -EBADF : ioctl(mnt, NSFS_GET_USERNS);
        return userns >= 0 && fstat(userns, &st) == 0 && st.st_ino == PROC_USER_INIT_INO;
}

/* 1 when the mount @id stands in the list of @dir_fd and is local, 0 when it is not local, -ENOENT
 * when it does not stand there, or another negative errno. */
static int look_up(int dir_fd, uint64_t id)
{
        _cleanup_close_ int fd = openat(dir_fd, "mountinfo", O_RDONLY | O_CLOEXEC);
        _cleanup_free_ char *line = NULL;
        struct mountinfo m;
        size_t room = 0, sum = 0;
        ssize_t n;
        int r = -ENOENT;

        FILE *f = fd < 0 ? NULL : fdopen(fd, "r");
        if (!f)
                return negative_errno();
        fd = -EBADF; /* it is the stream's now */
        while (r == -ENOENT && sum < MOUNTINFO_MAX && (n = getline(&line, &room, f)) > 0) {
                sum += (size_t)n;
                if (proc_mountinfo_parse(line, (size_t)n - (line[n - 1] == '\n'), &m) == 0 &&
                    m.id == id)
                        r = mount_guard_is_local(m.type, m.type_length, is_trusted(dir_fd));
        }
        (void)fclose(f);
        return r;
}

int mount_guard_check(struct mount_guard *g, int fd)
{
        uint64_t id;

        int r = mount_id(fd, &id);
        if (r < 0 || id == g->passed)
                return r;
        r = look_up(g->process_fd, id);
        if (r == -ENOENT) {
                /* A list shows what lies below a root. That of a process in a chroot lacks the
                 * mount which that root is in; ours has it, when we share the namespace. */
                _cleanup_close_ int own =
                        open("/proc/thread-self", O_PATH | O_DIRECTORY | O_CLOEXEC);
                r = own < 0 ? negative_errno() : look_up(own, id);
        }
        if (r > 0)
                g->passed = id;
        return r > 0 ? 0 : r == 0 || r == -ENOENT ? -EAGAIN : r;
}

int mount_guard_open(int process_fd, const char *link)
{
        struct mount_guard g = MOUNT_GUARD_INIT(process_fd);
        struct statx stx;
        char path[48];

        _cleanup_close_ int found = openat(process_fd, link, O_PATH | O_CLOEXEC);
        if (found < 0 || statx(found, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT,
                               STATX_TYPE, &stx) < 0)
                return negative_errno();
        if (!S_ISREG(stx.stx_mode))
                return -EINVAL;
        int r = mount_guard_check(&g, found);
        if (r < 0)
                return r;
        (void)snprintf(path, sizeof(path), "/proc/thread-self/fd/%d", found);
        int fd = open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
        return fd < 0 ? negative_errno() : fd;
}
