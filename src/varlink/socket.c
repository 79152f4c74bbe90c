/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "varlink/socket.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "util/lock-file.h"

/* Nobody keeps the lock for longer than it takes to make a socket. */
#define LOCK_NAME "listen.lock"
#define LOCK_USEC (5 * USEC_PER_SEC)

static int address_of(const char *path, struct sockaddr_un *ret, struct error *error)
{
        if (path[0] != '/')
                return error_set(error, EINVAL, "The socket path %s is not absolute", path);
        if (strlen(path) >= sizeof(ret->sun_path))
                return error_set(error, ENAMETOOLONG,
                                 "The socket path %s is longer than the %zu bytes that fit", path,
                                 sizeof(ret->sun_path) - 1);
        *ret = (struct sockaddr_un){.sun_family = AF_UNIX};
        strcpy(ret->sun_path, path);
        return 0;
}

static int new_socket(int *ret, struct error *error)
{
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return error_set_errno(error, errno, "Failed to make a socket");
        *ret = fd;
        return 0;
}

/* Of two that start at the same moment one sees the other's socket. Where there is no lock to be
 * had (without root's rights, or with /run read-only) it goes without. */
static int take_lock(int *ret, struct error *error)
{
        int fd = lock_file_take_shared(LOCK_NAME, LOCK_EX, LOCK_USEC);

        if (fd == -EWOULDBLOCK)
                return error_set(error, EBUSY,
                                 "Another process has been making a socket for %u seconds: "
                                 "%s/%s is locked",
                                 (unsigned)(LOCK_USEC / USEC_PER_SEC), LOCK_DIRECTORY, LOCK_NAME);
        *ret = fd;
        return 0;
}

/* Clears the way for a new socket at @address: removes one that nobody listens on. */
static int remove_stale(const struct sockaddr_un *address, struct error *error)
{
        const char *path = address->sun_path;
        _cleanup_close_ int fd = -EBADF;
        struct stat st;

        if (lstat(path, &st) < 0)
                return errno == ENOENT
                               ? 0
                               : error_set_errno(error, errno, "Failed to look at %s", path);
        if (!S_ISSOCK(st.st_mode))
                return error_set(error, EEXIST, "%s exists and is not a socket; remove it first",
                                 path);
        int r = new_socket(&fd, error);
        if (r < 0)
                return r;
        /* EAGAIN is a living server's, too: its queue is full. */
        if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) >= 0 || errno == EAGAIN)
                return error_set(error, EADDRINUSE,
                                 "Another server listens on %s already; stop it first", path);
        if (errno != ECONNREFUSED)
                return error_set_errno(error, errno, "Failed to find out whether %s is in use",
                                       path);
        if (unlink(path) < 0)
                return error_set_errno(error, errno, "Failed to remove the old socket %s", path);
        return 0;
}

static int bind_socket(int fd, const struct sockaddr_un *address, mode_t mode, gid_t gid,
                       struct varlink_socket_file *file, struct error *error)
{
        const char *path = address->sun_path;
        struct stat st;

        /* The file gets the mode of the socket's own inode (net/unix/af_unix.c): with none at
         * first, nobody connects before its group is right. */
        if (fchmod(fd, 0) < 0)
                return error_set_errno(error, errno, "Failed to set the mode of a socket");
        if (bind(fd, (const struct sockaddr *)address, sizeof(*address)) < 0)
                return error_set_errno(error, errno, "Failed to make the socket %s", path);
        if (lstat(path, &st) < 0)
                return error_set_errno(error, errno, "Failed to look at %s", path);
        file->device = st.st_dev;
        file->inode = st.st_ino;
        file->path = strdup(path);
        if (!file->path)
                return error_oom(error);
        if (gid != (gid_t)-1 && lchown(path, (uid_t)-1, gid) < 0)
                return error_set_errno(error, errno, "Failed to set the group of %s", path);
        if (listen(fd, SOMAXCONN) < 0)
                return error_set_errno(error, errno, "Failed to listen on %s", path);
        if (chmod(path, mode) < 0)
                return error_set_errno(error, errno, "Failed to set the mode of %s", path);
        return 0;
}

int varlink_socket_listen(const char *path, mode_t mode, gid_t gid, int *ret_fd,
                          struct varlink_socket_file *ret_file, struct error *error)
{
        _cleanup_close_ int lock = -EBADF, fd = -EBADF;
        struct varlink_socket_file file = {};
        struct sockaddr_un address;

        int r = address_of(path, &address, error);
        if (r == 0)
                r = take_lock(&lock, error);
        if (r == 0)
                r = remove_stale(&address, error);
        if (r == 0)
                r = new_socket(&fd, error);
        if (r == 0)
                r = bind_socket(fd, &address, mode, gid, &file, error);
        if (r < 0) {
                varlink_socket_file_remove(&file);
                return r;
        }
        *ret_fd = TAKE_FD(fd);
        *ret_file = file;
        return 0;
}

void varlink_socket_file_remove(struct varlink_socket_file *file)
{
        struct stat st;

        if (file->path && lstat(file->path, &st) >= 0 && st.st_dev == file->device &&
            st.st_ino == file->inode)
                (void)unlink(file->path);
        free(file->path);
        *file = (struct varlink_socket_file){};
}

static bool socket_option_is(int fd, int option, int expected)
{
        int value;
        socklen_t size = sizeof(value);

        return getsockopt(fd, SOL_SOCKET, option, &value, &size) >= 0 && value == expected;
}

int varlink_socket_check(int fd, struct error *error)
{
        if (!socket_option_is(fd, SO_DOMAIN, AF_UNIX) ||
            !socket_option_is(fd, SO_TYPE, SOCK_STREAM) || !socket_option_is(fd, SO_ACCEPTCONN, 1))
                return error_set(error, EINVAL,
                                 "File descriptor %d is not a listening Unix stream socket", fd);
        if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
                return error_set_errno(error, errno, "Failed to prepare file descriptor %d", fd);
        return 0;
}
