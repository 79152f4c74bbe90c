/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netns/ourselves.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "util/array.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/product.h"

/* Beside the daemon's socket, whoever of us comes first. */
#define PARENT_DIRECTORY PRODUCT_RUN_DIRECTORY
#define LIST_DIRECTORY   PARENT_DIRECTORY "/ourselves"
/* Below that: visitors, of whom there are few, and rarely another. Of the others nobody reads more
 * than the one that is asked about. */
#define VISITORS "visitors"

/* An entry: three numbers. */
#define ENTRY_MAX ((size_t)128)

#define STAT_MAX ((size_t)4096)

/* No scan takes so long that it would ask later about what it has seen. */
#define ENTRY_KEPT_USEC (900 * USEC_PER_SEC)

/* Parents that are gone through. Deeper trees are no shell's. */
#define ANCESTORS_MAX 128

/* Times of files move on with the kernel's tick, every 1 to 10 ms. */
#define TICK_NSEC (20 * NSEC_PER_SEC / 1000)

static int read_stat(int proc_fd, pid_t pid, pid_t *ret_parent, uint64_t *ret_start)
{
        _cleanup_free_ char *text = NULL;
        char path[32];

        (void)snprintf(path, sizeof(path), "%d/stat", (int)pid);
        int r = file_read_at(proc_fd, path, STAT_MAX, &text, NULL);
        if (r < 0)
                return r;
        /* Fields 4 and 22 of proc_pid_stat(5), behind a name that may hold anything. */
        const char *end = strrchr(text, ')');
        int parent;
        if (!end || sscanf(end,
                           ") %*c %d %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
                           "%*s %*s %" SCNu64,
                           &parent, ret_start) != 2)
                return -EINVAL;
        *ret_parent = parent;
        return 0;
}

static int open_list_at(int dir_fd, const char *path)
{
        struct stat st;

        _cleanup_close_ int fd =
                openat(dir_fd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &st) < 0)
                return negative_errno();
        return st.st_uid == 0 && (st.st_mode & 077) == 0 ? TAKE_FD(fd) : -EPERM;
}

static int open_list(void)
{
        return open_list_at(AT_FDCWD, LIST_DIRECTORY);
}

/* 0 with the entry; its inode is 0 where the process is ours with all that it has. */
static int read_entry(int dir_fd, const char *name, struct ourselves_visitor *ret)
{
        char text[ENTRY_MAX + 1];
        struct stat st;

        _cleanup_close_ int fd =
                openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &st) < 0)
                return negative_errno();
        if (!S_ISREG(st.st_mode) || st.st_uid != 0)
                return -EPERM;
        ssize_t n = read(fd, text, ENTRY_MAX);
        if (n <= 0)
                return n < 0 ? negative_errno() : -EINVAL;
        text[n] = '\0';
        *ret = (struct ourselves_visitor){.pid = (pid_t)atoi(name)};
        return sscanf(text, "%" SCNu64 " %" SCNu64 " %" SCNu64, &ret->start_ticks, &ret->inode,
                      &ret->cookie) >= 1
                       ? 0
                       : -EINVAL;
}

/* Whether that process still runs. */
static bool is_alive(int proc_fd, const struct ourselves_visitor *v)
{
        uint64_t start;
        pid_t parent;

        return read_stat(proc_fd, v->pid, &parent, &start) >= 0 && start == v->start_ticks;
}

static void sweep(int dir_fd, int proc_fd)
{
        const struct dirent *d;
        struct ourselves_visitor v;
        struct stat st;
        uint64_t now = clock_usec(CLOCK_REALTIME);

        int copy = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *list = copy < 0 ? NULL : fdopendir(copy);
        if (!list) {
                fd_close(copy);
                return;
        }
        while ((d = readdir(list))) {
                if (*d->d_name < '0' || *d->d_name > '9' ||
                    fstatat(dir_fd, d->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
                    (uint64_t)st.st_mtim.tv_sec * USEC_PER_SEC + ENTRY_KEPT_USEC > now)
                        continue;
                if (read_entry(dir_fd, d->d_name, &v) < 0 || !is_alive(proc_fd, &v))
                        (void)unlinkat(dir_fd, d->d_name, 0);
        }
        (void)closedir(list);
}

static int write_entry(int dir_fd, const char *text)
{
        char name[16], temporary[24];

        (void)snprintf(name, sizeof(name), "%d", (int)getpid());
        (void)snprintf(temporary, sizeof(temporary), ".%d", (int)getpid());
        (void)unlinkat(dir_fd, temporary, 0);
        _cleanup_close_ int fd = openat(dir_fd, temporary,
                                        O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0)
                return negative_errno();
        ssize_t n = write(fd, text, strlen(text));
        /* Whole or not at all: there are readers. */
        if (n != (ssize_t)strlen(text) || renameat(dir_fd, temporary, dir_fd, name) < 0) {
                int r = n < 0 || n == (ssize_t)strlen(text) ? negative_errno() : -EIO;
                (void)unlinkat(dir_fd, temporary, 0);
                return r;
        }
        return 0;
}

static int add_entry(uint64_t inode, uint64_t cookie)
{
        char text[ENTRY_MAX];
        uint64_t start;
        pid_t parent;

        (void)mkdir(PARENT_DIRECTORY, 0755);
        (void)mkdir(LIST_DIRECTORY, 0700);
        _cleanup_close_ int dir_fd = open_list();
        if (dir_fd < 0)
                return dir_fd;
        _cleanup_close_ int proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (proc_fd < 0)
                return negative_errno();
        int r = read_stat(proc_fd, getpid(), &parent, &start);
        if (r < 0)
                return r;
        sweep(dir_fd, proc_fd);
        (void)mkdirat(dir_fd, VISITORS, 0700);
        if (inode == 0) {
                (void)snprintf(text, sizeof(text), "%" PRIu64 "\n", start);
                return write_entry(dir_fd, text);
        }
        _cleanup_close_ int visitors_fd = open_list_at(dir_fd, VISITORS);
        if (visitors_fd < 0)
                return visitors_fd;
        sweep(visitors_fd, proc_fd);
        (void)snprintf(text, sizeof(text), "%" PRIu64 " %" PRIu64 " %" PRIu64 "\n", start, inode,
                       cookie);
        r = write_entry(visitors_fd, text);
        /* It is ours with all that it has no longer. */
        if (r >= 0) {
                (void)snprintf(text, sizeof(text), "%d", (int)getpid());
                (void)unlinkat(dir_fd, text, 0);
        }
        return r;
}

int ourselves_register(void)
{
        return add_entry(0, 0);
}

int ourselves_register_visitor(uint64_t inode, uint64_t cookie)
{
        return add_entry(inode, cookie);
}

void ourselves_init(struct ourselves *o, int proc_fd)
{
        *o = (struct ourselves){.proc_fd = proc_fd, .dir_fd = open_list(), .visitors_fd = -EBADF};
}

void ourselves_deinit(struct ourselves *o)
{
        o->dir_fd = fd_close(o->dir_fd);
        o->visitors_fd = fd_close(o->visitors_fd);
        free(o->visitors);
        o->visitors = NULL;
        o->n_visitors = o->room_visitors = 0;
}

bool ourselves_has(struct ourselves *o, pid_t pid)
{
        struct ourselves_visitor v;
        uint64_t start;
        char name[16];
        pid_t parent;

        if (o->dir_fd < 0)
                return false;
        (void)snprintf(name, sizeof(name), "%d", (int)pid);
        if (read_entry(o->dir_fd, name, &v) < 0 || v.inode != 0)
                return false;
        /* One that has ended since it was seen was the one that is listed. */
        int r = read_stat(o->proc_fd, pid, &parent, &start);
        return r < 0 ? r == -ENOENT || r == -ESRCH : start == v.start_ticks;
}

static void read_visitors(struct ourselves *o)
{
        const struct dirent *d;
        struct ourselves_visitor v;

        o->n_visitors = 0;
        int copy = openat(o->visitors_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *list = copy < 0 ? NULL : fdopendir(copy);
        if (!list) {
                fd_close(copy);
                return;
        }
        while ((d = readdir(list)))
                if (*d->d_name >= '0' && *d->d_name <= '9' &&
                    read_entry(o->visitors_fd, d->d_name, &v) == 0 && v.inode != 0 &&
                    array_make_room(&o->visitors, o->n_visitors, &o->room_visitors,
                                    sizeof(*o->visitors)))
                        o->visitors[o->n_visitors++] = v;
        (void)closedir(list);
}

/* Reads the visitors again if there may be others. */
static void refresh(struct ourselves *o)
{
        struct timespec now;
        struct stat st;

        /* Whoever lists itself makes it. */
        if (o->visitors_fd < 0)
                o->visitors_fd = open_list_at(o->dir_fd, VISITORS);
        if (fstat(o->visitors_fd, &st) < 0 || clock_gettime(CLOCK_REALTIME, &now) < 0)
                return;
        if (o->settled && o->changed.tv_sec == st.st_mtim.tv_sec &&
            o->changed.tv_nsec == st.st_mtim.tv_nsec)
                return;
        int64_t age = (int64_t)(now.tv_sec - st.st_mtim.tv_sec) * (int64_t)NSEC_PER_SEC +
                      (now.tv_nsec - st.st_mtim.tv_nsec);
        o->changed = st.st_mtim;
        o->settled = age > (int64_t)TICK_NSEC;
        read_visitors(o);
}

static bool descends_from(struct ourselves *o, pid_t pid, const struct ourselves_visitor *v)
{
        uint64_t start;
        pid_t parent;

        for (unsigned i = 0; i < ANCESTORS_MAX && pid > 0; i++, pid = parent) {
                int r = read_stat(o->proc_fd, pid, &parent, &start);
                if (pid == v->pid)
                        return r < 0 ? r == -ENOENT || r == -ESRCH : start == v->start_ticks;
                if (r < 0)
                        return false;
        }
        return false;
}

bool ourselves_visits(struct ourselves *o, pid_t pid, uint64_t inode, uint64_t cookie)
{
        if (o->dir_fd < 0 || inode == 0)
                return false;
        refresh(o);
        for (size_t i = 0; i < o->n_visitors; i++) {
                const struct ourselves_visitor *v = &o->visitors[i];
                if (v->inode == inode && (!v->cookie || !cookie || v->cookie == cookie) &&
                    descends_from(o, pid, v))
                        return true;
        }
        return false;
}
