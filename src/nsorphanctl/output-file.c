/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/output-file.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "util/text.h"

/* The descriptor that a path stands for, or -1: to open it anew would be another file offset, and
 * empty what it has. */
static int descriptor_of(const char *path)
{
        static const char prefix[] = "/dev/fd/";
        uint64_t number;

        if (strcmp(path, "/dev/stdout") == 0)
                return STDOUT_FILENO;
        if (strcmp(path, "/dev/stderr") == 0)
                return STDERR_FILENO;
        if (strncmp(path, prefix, sizeof(prefix) - 1) != 0 ||
            text_parse_u64(path + sizeof(prefix) - 1, &number) < 0 || number > INT_MAX)
                return -1;
        return (int)number;
}

/* The path, to be printed. NULL when out of memory. */
static char *shown_path(const char *path)
{
        return text_shorten(text_escape_string(path));
}

static int open_file(struct output_file *f)
{
        struct stat st;

        /* Neither a FIFO without a reader nor a terminal line is waited for. */
        f->fd = open(f->path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK | O_CLOEXEC,
                     0666);
        if (f->fd < 0 || fstat(f->fd, &st) < 0 || fcntl(f->fd, F_SETFL, 0) < 0)
                return negative_errno();
        f->regular = S_ISREG(st.st_mode);
        if (!f->regular)
                return 0;
        if (st.st_nlink != 1)
                return -EMLINK;
        return ftruncate(f->fd, 0) < 0 ? negative_errno() : 0;
}

int output_file_open(struct output_file *f, const char *path, struct error *error)
{
        int fd = descriptor_of(path), r = 0;

        f->path = path;
        if (fd < 0)
                r = open_file(f);
        else if ((f->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3)) < 0)
                r = negative_errno();
        if (r >= 0)
                return 0;
        _cleanup_free_ char *shown = shown_path(path);
        return error_set_errno(error, -r, "Failed to open %s", text_or(shown, ""));
}

static int write_all(int fd, const char *bytes, size_t n)
{
        while (n > 0) {
                ssize_t written = write(fd, bytes, n);

                if (written < 0 && errno != EINTR)
                        return negative_errno();
                if (written > 0) {
                        bytes += written;
                        n -= (size_t)written;
                }
        }
        return 0;
}

int output_file_write(struct output_file *f, const void *bytes, size_t n, struct error *error)
{
        int r = write_all(f->fd, bytes, n);

        if (r >= 0)
                return 0;
        _cleanup_free_ char *shown = shown_path(f->path);
        return error_set_errno(error, -r, "Failed to write %s", text_or(shown, ""));
}

int output_file_finish(struct output_file *f, struct error *error)
{
        struct stat ours, there;

        if (!f->regular || (fstat(f->fd, &ours) == 0 && lstat(f->path, &there) == 0 &&
                            ours.st_ino == there.st_ino && ours.st_dev == there.st_dev))
                return 0;
        _cleanup_free_ char *shown = shown_path(f->path);
        return error_set(error, ESTALE,
                         "Failed to keep %s: it was moved, removed or replaced meanwhile",
                         text_or(shown, ""));
}

void output_file_deinit(struct output_file *f)
{
        f->fd = fd_close(f->fd);
}
