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
        bool wanted;
        char *target; /* escaped; NULL where it is not on the way to the path */
};

struct list {
        struct mount *mounts;
        size_t n, room;
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
        bool wanted = strcmp(target, path) == 0 && proc_mountinfo_is(m, "nsfs") &&
                      proc_link_parse(m->root, m->root_length, "net", &found) == 0 &&
                      found == inode;
        l->mounts[l->n++] = (struct mount){
                .id = m->id,
                .parent = m->parent,
                .wanted = wanted,
                .target = is_on_the_way(target, path) ? TAKE_PTR(target) : NULL,
        };
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

/* What is mounted on @below where the way comes to it before @above, or no later: the way goes
 * there then. @above is NULL at the end of the way. */
static const struct mount *cover_on(const struct list *l, const struct mount *below,
                                    const struct mount *above)
{
        for (size_t i = 0; i < l->n; i++) {
                const struct mount *m = &l->mounts[i];
                if (m->target && m->parent == below->id && m != below && m != above &&
                    !(above && above->target && strlen(m->target) > strlen(above->target)))
                        return m;
        }
        return NULL;
}

/* What covers the mount @m; NULL when nothing does. */
static const struct mount *cover_of(const struct list *l, const struct mount *m)
{
        const struct mount *above = NULL, *cover = NULL;

        for (size_t depth = 0; m && depth <= l->n; depth++) {
                cover = cover_on(l, m, above);
                if (cover || m->parent == m->id)
                        break;
                above = m;
                m = find(l, m->parent);
        }
        return cover;
}

int mount_cover_find(int task_fd, uint64_t inode, const char *path, char **ret)
{
        struct list l = {};
        const struct mount *cover = NULL;
        bool found = false, reached = false;

        *ret = NULL;
        int r = read_list(&l, task_fd, inode, path);
        /* Propagation makes several of one path, of which one may be on top. */
        for (size_t i = 0; r >= 0 && i < l.n; i++)
                if (l.mounts[i].wanted) {
                        found = true;
                        cover = cover_of(&l, &l.mounts[i]);
                        reached |= !cover;
                }
        if (r >= 0 && !found)
                r = -ENOENT;
        if (r >= 0 && !reached && cover) {
                *ret = strdup(cover->target);
                r = *ret ? 0 : -ENOMEM;
        }
        list_free(&l);
        return r;
}
