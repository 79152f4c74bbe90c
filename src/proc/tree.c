/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "proc/tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "util/macro.h"

#define DEPTH_MAX   8
#define PATH_LENGTH 512
/* A host with thousands of interrupts, disks and the like has some ten thousand. */
#define FILES_MAX 200000

struct tree_walk {
        proc_tree_fn fn;
        void *userdata;
        dev_t device;
        unsigned n_files;
        bool incomplete;
        char path[PATH_LENGTH];
};

/* Processes, "sys", which are numbered otherwise; and what only leads elsewhere. */
static bool is_other(const struct dirent *e, unsigned depth)
{
        if (e->d_type != DT_DIR && e->d_type != DT_REG)
                return true;
        if (e->d_name[0] == '.')
                return true;
        return depth == 0 && e->d_type == DT_DIR &&
               ((e->d_name[0] >= '0' && e->d_name[0] <= '9') || strcmp(e->d_name, "sys") == 0);
}

/* Made to be mounted on, with nothing in them (fs/proc/generic.c, proc_create_mount_point()). */
static bool is_mount_point(const char *path)
{
        static const char *const points[] = {"fs/nfsd/", "openprom/", "xen/"};

        for (size_t i = 0; i < ARRAY_SIZE(points); i++)
                if (strcmp(path, points[i]) == 0)
                        return true;
        return false;
}

static int walk_directory(struct tree_walk *w, int dir_fd, size_t n_path, unsigned depth);

static int walk_entry(struct tree_walk *w, int dir_fd, const struct dirent *e, size_t n_path,
                      unsigned depth)
{
        size_t n = strlen(e->d_name);

        if (is_other(e, depth))
                return 0;
        if (n_path + n + 2 > sizeof(w->path) || depth == DEPTH_MAX || w->n_files++ == FILES_MAX) {
                w->incomplete = true;
                return 0;
        }
        memcpy(w->path + n_path, e->d_name, n + 1);
        if (e->d_type == DT_REG)
                return w->fn(w->path, e->d_ino, w->userdata);
        int fd = openat(dir_fd, e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0) {
                w->incomplete = true;
                return 0;
        }
        memcpy(w->path + n_path + n, "/", 2);
        return walk_directory(w, fd, n_path + n + 1, depth + 1);
}

/* Closes @dir_fd. */
static int walk_directory(struct tree_walk *w, int dir_fd, size_t n_path, unsigned depth)
{
        struct stat st;
        int r = 0;

        DIR *dir = fdopendir(dir_fd);
        if (!dir) {
                r = negative_errno();
                fd_close(dir_fd);
                return r;
        }
        /* Something else is mounted there. */
        if (fstat(dirfd(dir), &st) < 0 || (depth > 0 && st.st_dev != w->device)) {
                w->incomplete |= !is_mount_point(w->path);
                closedir(dir);
                return 0;
        }
        w->device = st.st_dev;
        for (const struct dirent *e; r >= 0 && (e = readdir(dir));)
                r = walk_entry(w, dirfd(dir), e, n_path, depth);
        closedir(dir);
        return r;
}

int proc_tree_walk(int dir_fd, proc_tree_fn fn, void *userdata)
{
        struct tree_walk w = {.fn = fn, .userdata = userdata};

        int r = walk_directory(&w, dir_fd, 0, 0);
        return r < 0 ? r : w.incomplete;
}
