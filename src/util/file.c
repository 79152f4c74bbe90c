/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/file.h"

#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

int file_read_at(int dir_fd, const char *path, size_t max, char **ret, size_t *ret_size)
{
        _cleanup_free_ char *buffer = NULL;
        size_t size = 0, room = MIN(max, (size_t)4096);

        _cleanup_close_ int fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        if (fd < 0)
                return negative_errno();
        buffer = malloc(room + 1);
        if (!buffer)
                return -ENOMEM;
        for (;;) {
                if (size == room) {
                        if (room > max)
                                return -EFBIG;
                        /* One byte over the limit, to tell "exactly max" from "more". */
                        room = MIN(room * 2, max + 1);
                        char *grown = realloc(buffer, room + 1);
                        if (!grown)
                                return -ENOMEM;
                        buffer = grown;
                }
                ssize_t n = read(fd, buffer + size, room - size);
                if (n < 0) {
                        if (errno == EINTR)
                                continue;
                        return negative_errno();
                }
                if (n == 0)
                        break;
                size += (size_t)n;
        }
        if (size > max)
                return -EFBIG;
        buffer[size] = '\0';
        *ret = TAKE_PTR(buffer);
        if (ret_size)
                *ret_size = size;
        return 0;
}

static int write_whole(int fd, const char *bytes, size_t n_bytes)
{
        while (n_bytes > 0) {
                ssize_t n = write(fd, bytes, n_bytes);
                if (n < 0) {
                        if (errno == EINTR)
                                continue;
                        return negative_errno();
                }
                bytes += n;
                n_bytes -= (size_t)n;
        }
        return 0;
}

/* A rename is on disk only when its directory is. */
static int sync_directory_of(const char *path)
{
        _cleanup_free_ char *copy = strdup(path);

        if (!copy)
                return -ENOMEM;
        _cleanup_close_ int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0 || fsync(fd) < 0)
                return negative_errno();
        return 0;
}

int file_replace_parts(const char *path, const struct iovec *parts, size_t n)
{
        _cleanup_free_ char *new_path = NULL;
        int r = 0;

        if (asprintf(&new_path, "%s.new", path) < 0) {
                new_path = NULL;
                return -ENOMEM;
        }
        _cleanup_close_ int fd =
                open(new_path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0)
                return negative_errno();
        for (size_t i = 0; i < n && r >= 0; i++)
                r = write_whole(fd, parts[i].iov_base, parts[i].iov_len);
        if (r >= 0 && fsync(fd) < 0)
                r = negative_errno();
        if (r >= 0 && rename(new_path, path) < 0)
                r = negative_errno();
        if (r < 0) {
                (void)unlink(new_path);
                return r;
        }
        return sync_directory_of(path);
}

int file_replace(const char *path, const void *bytes, size_t n_bytes)
{
        return file_replace_parts(path, &(struct iovec){(void *)bytes, n_bytes}, 1);
}

#define ID_FLAGS (AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT)

static struct file_id id_of(const struct statx *stx)
{
        return (struct file_id){(uint64_t)stx->stx_dev_major << 32 | stx->stx_dev_minor,
                                stx->stx_ino};
}

int file_id_at(int dir_fd, const char *path, struct file_id *ret)
{
        struct statx stx;

        if (statx(dir_fd, path, ID_FLAGS, STATX_INO, &stx) < 0)
                return negative_errno();
        *ret = id_of(&stx);
        return 0;
}

int file_id_of_roots(int dir_fd, const char *path, struct file_id *ret, bool *ret_is_roots)
{
        struct statx stx;

        if (statx(dir_fd, path, ID_FLAGS, STATX_INO | STATX_TYPE | STATX_MODE | STATX_UID, &stx) <
            0)
                return negative_errno();
        *ret = id_of(&stx);
        *ret_is_roots =
                S_ISREG(stx.stx_mode) && stx.stx_uid == 0 && !(stx.stx_mode & (S_IWGRP | S_IWOTH));
        return 0;
}
