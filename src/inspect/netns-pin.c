/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/netns-pin.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>

#include "util/text.h"

/* 10 ms apart. */
#define LOCK_TRIES 200

int netns_pin_check_name(const char *name, struct error *error)
{
        _cleanup_free_ char *shown = text_escape_string(name);

        if (!shown)
                return error_oom(error);
        if (!*name)
                return error_set(error, EINVAL, "A name cannot be empty");
        if (strlen(name) > NAME_MAX)
                return error_set(error, ENAMETOOLONG, "A name cannot be longer than %d bytes",
                                 NAME_MAX);
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strchr(name, '/') ||
            name[0] == '-')
                return error_set(error, EINVAL,
                                 "\"%s\" cannot be a name: it is a path or an option", shown);
        /* Nobody could type it again, and it would come out of `ip netns` raw. */
        if (strcmp(name, shown) != 0)
                return error_set(error, EINVAL,
                                 "\"%s\" cannot be a name: it has odd characters in it", shown);
        return 0;
}

/* What was done to the directory, to be undone if the rest fails. */
struct prepared {
        const char *directory;
        bool made, bound;
        int lock; /* flock(2), as ip-netns(8) takes it */
};

static void unprepare(struct prepared *p)
{
        if (p->bound)
                (void)umount2(p->directory, MNT_DETACH);
        if (p->made)
                (void)rmdir(p->directory);
}

/* Everybody may take this lock who can read the directory, so it is not waited for any longer than
 * ip-netns(8) could rightly have it. Without it the directory may be made a mount point twice. */
static int take_lock(struct prepared *p)
{
        const struct timespec step = {.tv_nsec = 10 * 1000 * 1000};

        p->lock = open(p->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (p->lock < 0)
                return negative_errno();
        for (unsigned i = 0; i < LOCK_TRIES && flock(p->lock, LOCK_EX | LOCK_NB) < 0; i++) {
                if (errno != EWOULDBLOCK && errno != EINTR)
                        return negative_errno();
                (void)nanosleep(&step, NULL);
        }
        return 0;
}

static int prepare(struct prepared *p)
{
        if (mkdir(p->directory, 0755) >= 0)
                p->made = true;
        else if (errno != EEXIST)
                return negative_errno();
        int r = take_lock(p);
        if (r < 0)
                return r;
        /* A name is to show in, and to go from, every mount namespace at once: else a later
         * `ip netns del` leaves copies of it elsewhere that keep the namespace. */
        if (mount("", p->directory, "none", MS_SHARED | MS_REC, NULL) >= 0)
                return 0;
        if (errno != EINVAL) /* EINVAL: no mount point yet */
                return negative_errno();
        if (mount(p->directory, p->directory, "none", MS_BIND | MS_REC, NULL) < 0)
                return negative_errno();
        p->bound = true;
        if (mount("", p->directory, "none", MS_SHARED | MS_REC, NULL) < 0)
                return negative_errno();
        return 0;
}

/* Both fds must be of one file: then the mount is there, and is this namespace's. */
static bool is_bound(const char *path, int netns_fd)
{
        struct stat a, b;

        return stat(path, &a) >= 0 && fstat(netns_fd, &b) >= 0 && a.st_dev == b.st_dev &&
               a.st_ino == b.st_ino;
}

static int bind_name(const char *path, int netns_fd)
{
        char source[32];
        int r = 0;

        _cleanup_close_ int fd = open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0);
        if (fd < 0)
                return negative_errno();
        (void)snprintf(source, sizeof(source), "/proc/self/fd/%d", netns_fd);
        if (mount(source, path, "none", MS_BIND, NULL) < 0)
                r = negative_errno();
        else if (!is_bound(path, netns_fd)) {
                (void)umount2(path, MNT_DETACH);
                r = -ESTALE;
        }
        if (r < 0)
                (void)unlink(path);
        return r;
}

int netns_pin(int netns_fd, const char *directory, const char *name, struct error *error)
{
        struct prepared p = {.directory = directory, .lock = -EBADF};
        char path[PATH_MAX];
        int r;

        r = netns_pin_check_name(name, error);
        if (r < 0)
                return r;
        int n = snprintf(path, sizeof(path), "%s/%s", directory, name);
        if (n < 0 || (size_t)n >= sizeof(path))
                return error_set(error, ENAMETOOLONG, "The path of the name is too long");
        r = prepare(&p);
        if (r < 0)
                r = error_set_errno(error, -r, "Failed to prepare %s", directory);
        else {
                r = bind_name(path, netns_fd);
                if (r == -EEXIST)
                        r = error_set(error, EEXIST, "%s exists already", path);
                else if (r < 0)
                        r = error_set_errno(error, -r, "Failed to bind the namespace to %s", path);
        }
        if (r < 0)
                unprepare(&p);
        (void)fd_close(p.lock);
        return r;
}
