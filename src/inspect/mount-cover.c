/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/mount-cover.h"

#include <string.h>

#include "proc/link.h"
#include "proc/mountinfo.h"
#include "util/array.h"
#include "util/line-reader.h"
#include "util/text.h"

/* No more mounts than a mount namespace may have (fs.mount-max) are looked at. */
#define MOUNTS_MAX 100000

struct mount {
        uint64_t id, parent;
        char *target; /* escaped; NULL where it is not on the way to the path */
};

struct list {
        struct mount *mounts;
        size_t n, room;
        uint64_t wanted; /* number of the mount in question; 0: not found */
};

static void list_free(struct list *l)
{
        for (size_t i = 0; i < l->n; i++)
                free(l->mounts[i].target);
        free(l->mounts);
}

/* Whether the way to @path goes through @target, or ends there. */
static bool is_on_the_way(const char *target, const char *path)
{
        size_t n = strlen(target);

        if (n > 0 && target[n - 1] == '/')
                n--;
        return strncmp(target, path, n) == 0 && (path[n] == '/' || path[n] == '\0');
}

static int add(struct list *l, const struct mountinfo *m, uint64_t inode, const char *path)
{
        _cleanup_free_ char *raw = strndup(m->target, m->target_length);
        uint64_t found;

        if (!raw || !array_make_room(&l->mounts, l->n, &l->room, sizeof(*l->mounts)))
                return -ENOMEM;
        _cleanup_free_ char *target =
                text_escape(raw, proc_mountinfo_unescape(raw, m->target_length));
        if (!target)
                return -ENOMEM;
        if (strcmp(target, path) == 0 && proc_mountinfo_is(m, "nsfs") &&
            proc_link_parse(m->root, m->root_length, "net", &found) == 0 && found == inode)
                l->wanted = m->id;
        l->mounts[l->n++] = (struct mount){m->id, m->parent,
                                           is_on_the_way(target, path) ? TAKE_PTR(target) : NULL};
        return 0;
}

static int read_list(struct list *l, int task_fd, uint64_t inode, const char *path)
{
        _cleanup_(line_reader_closep) struct line_reader lines;
        struct mountinfo m;
        const char *line;
        size_t length;

        int r = line_reader_open(&lines, task_fd, "mountinfo");
        while (r >= 0 && l->n < MOUNTS_MAX && (r = line_reader_next(&lines, &line, &length)) > 0)
                if (proc_mountinfo_parse(line, length, &m) == 0)
                        r = add(l, &m, inode, path);
        return MIN(r, 0);
}

static const struct mount *find(const struct list *l, uint64_t id)
{
        for (size_t i = 0; i < l->n; i++)
                if (l->mounts[i].id == id)
                        return &l->mounts[i];
        return NULL;
}

/* What is mounted on @below, on the way to the path, other than @above: the way goes there, and
 * never comes to what lies on @below further on. */
static const struct mount *cover_on(const struct list *l, uint64_t below, uint64_t above)
{
        for (size_t i = 0; i < l->n; i++) {
                const struct mount *m = &l->mounts[i];
                if (m->target && m->parent == below && m->id != below && m->id != above)
                        return m;
        }
        return NULL;
}

int mount_cover_find(int task_fd, uint64_t inode, const char *path, char **ret)
{
        struct list l = {};
        const struct mount *cover = NULL;

        *ret = NULL;
        int r = read_list(&l, task_fd, inode, path);
        if (r >= 0 && l.wanted == 0)
                r = -ENOENT;
        uint64_t above = 0, at = l.wanted;
        for (size_t depth = 0; r >= 0 && !cover && depth <= l.n; depth++) {
                const struct mount *m = find(&l, at);
                cover = m ? cover_on(&l, at, above) : NULL;
                if (!m || m->parent == at)
                        break;
                above = at;
                at = m->parent;
        }
        if (cover) {
                *ret = strdup(cover->target);
                r = *ret ? 0 : -ENOMEM;
        }
        list_free(&l);
        return r;
}
