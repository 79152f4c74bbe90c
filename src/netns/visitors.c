/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netns/visitors.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "netns/mark.h"
#include "proc/open.h"
#include "proc/stat.h"
#include "util/array.h"
#include "util/clock.h"
#include "util/product.h"

/* Beside the daemon's socket. */
#define PARENT_DIRECTORY PRODUCT_RUN_DIRECTORY
#define LIST_DIRECTORY   PARENT_DIRECTORY "/visitors"

/* An entry: three numbers. */
#define ENTRY_MAX ((size_t)128)

/* No scan takes so long that it would ask later about what it has seen. */
#define ENTRY_KEPT_USEC (900 * USEC_PER_SEC)

/* Parents that are gone through. Deeper trees are no shell's. */
#define ANCESTORS_MAX 128

/* Times of files move on with the kernel's tick, every 1 to 10 ms. */
#define TICK_NSEC (20 * NSEC_PER_SEC / 1000)

static int open_list(void)
{
        struct stat st;

        _cleanup_close_ int fd =
                open(LIST_DIRECTORY, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &st) < 0)
                return negative_errno();
        return st.st_uid == 0 && (st.st_mode & 077) == 0 ? TAKE_FD(fd) : -EPERM;
}

static int read_entry(int dir_fd, const char *name, struct visitor *ret)
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
        *ret = (struct visitor){.pid = (pid_t)atoi(name)};
        return sscanf(text, "%" SCNu64 " %" SCNu64 " %" SCNu64, &ret->start_ticks, &ret->inode,
                      &ret->cookie) == 3
                       ? 0
                       : -EINVAL;
}

/* Whether that process still runs. */
static bool is_alive(int proc_fd, const struct visitor *v)
{
        struct proc_stat stat;

        return proc_stat_of(proc_fd, v->pid, &stat) >= 0 && stat.start_ticks == v->start_ticks;
}

static void sweep(int dir_fd, int proc_fd)
{
        const struct dirent *d;
        struct visitor v;
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

int visitors_add(uint64_t inode, uint64_t cookie)
{
        char text[ENTRY_MAX];
        struct proc_stat stat;

        (void)mkdir(PARENT_DIRECTORY, 0755);
        (void)mkdir(LIST_DIRECTORY, 0700);
        _cleanup_close_ int dir_fd = open_list();
        if (dir_fd < 0)
                return dir_fd;
        _cleanup_close_ int proc_fd = proc_open();
        if (proc_fd < 0)
                return proc_fd;
        int r = proc_stat_of(proc_fd, getpid(), &stat);
        if (r < 0)
                return r;
        sweep(dir_fd, proc_fd);
        (void)snprintf(text, sizeof(text), "%" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
                       stat.start_ticks, inode, cookie);
        return write_entry(dir_fd, text);
}

void visitors_init(struct visitors *v, int proc_fd)
{
        *v = (struct visitors){.proc_fd = proc_fd, .dir_fd = -EBADF};
}

void visitors_deinit(struct visitors *v)
{
        v->dir_fd = fd_close(v->dir_fd);
        free(v->items);
        v->items = NULL;
        v->n = v->room = 0;
}

static void read_list(struct visitors *v)
{
        const struct dirent *d;
        struct visitor one;

        v->n = 0;
        int copy = openat(v->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *list = copy < 0 ? NULL : fdopendir(copy);
        if (!list) {
                fd_close(copy);
                return;
        }
        while ((d = readdir(list)))
                if (*d->d_name >= '0' && *d->d_name <= '9' &&
                    read_entry(v->dir_fd, d->d_name, &one) == 0 && one.inode != 0 &&
                    array_make_room(&v->items, v->n, &v->room, sizeof(*v->items)))
                        v->items[v->n++] = one;
        (void)closedir(list);
}

void visitors_refresh(struct visitors *v)
{
        struct timespec now;
        struct stat st;

        /* Whoever comes first makes it. */
        if (v->dir_fd < 0)
                v->dir_fd = open_list();
        if (v->dir_fd < 0 || fstat(v->dir_fd, &st) < 0 || clock_gettime(CLOCK_REALTIME, &now) < 0)
                return;
        if (v->settled && v->changed.tv_sec == st.st_mtim.tv_sec &&
            v->changed.tv_nsec == st.st_mtim.tv_nsec)
                return;
        int64_t age = (int64_t)(now.tv_sec - st.st_mtim.tv_sec) * (int64_t)NSEC_PER_SEC +
                      (now.tv_nsec - st.st_mtim.tv_nsec);
        v->changed = st.st_mtim;
        v->settled = age > (int64_t)TICK_NSEC;
        read_list(v);
}

static bool descends_from(const struct visitors *v, pid_t pid, const struct visitor *ancestor)
{
        struct proc_stat stat;

        for (unsigned i = 0; i < ANCESTORS_MAX && pid > 0; i++, pid = stat.parent) {
                int r = proc_stat_of(v->proc_fd, pid, &stat);
                if (pid == ancestor->pid)
                        return r < 0 ? r == -ESRCH : stat.start_ticks == ancestor->start_ticks;
                if (r < 0)
                        return false;
        }
        return false;
}

bool visitors_has(const struct visitors *v, pid_t pid, uint64_t inode, uint64_t cookie)
{
        for (size_t i = 0; i < v->n && inode != 0; i++) {
                const struct visitor *one = &v->items[i];
                if (one->inode == inode && (!one->cookie || !cookie || one->cookie == cookie) &&
                    descends_from(v, pid, one))
                        return true;
        }
        return false;
}
