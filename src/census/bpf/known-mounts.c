/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/bpf/known-mounts.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "proc/dents.h"
#include "proc/host.h"
#include "proc/link.h"
#include "proc/mountinfo.h"
#include "proc/open.h"
#include "util/array.h"
#include "util/clock.h"
#include "util/line-reader.h"
#include "util/number-set.h"
#include "util/text.h"

/* Of all mount namespaces. */
#define MOUNTS_MAX 16384

/* A mount may be moved without any count changing. */
#define KEPT_USEC (60 * USEC_PER_SEC)

#define LISTING_SIZE 4096

void known_mounts_forget(struct known_mounts *k)
{
        for (size_t i = 0; i < k->n; i++)
                free(k->items[i].path);
        k->n = 0;
        k->read_usec = 0;
}

void known_mounts_deinit(struct known_mounts *k)
{
        known_mounts_forget(k);
        free(k->items);
        free(k->needs);
        *k = (struct known_mounts){};
}

/* The mount of a network namespace's file; of all else, nothing. @at: where it is seen. */
static int add_mount(struct known_mounts *k, const struct mountinfo *mount,
                     const struct known_mount *at)
{
        _cleanup_free_ char *target = NULL;
        struct known_mount found = *at;

        if (!proc_mountinfo_is(mount, "nsfs") ||
            proc_link_parse(mount->root, mount->root_length, "net", &found.inode) < 0)
                return 0;
        target = strndup(mount->target, mount->target_length);

        if (!target || !array_make_room(&k->items, k->n, &k->room, sizeof(*k->items)))
                return -ENOMEM;
        found.path = text_escape(target, proc_mountinfo_unescape(target, mount->target_length));
        if (!found.path)
                return -ENOMEM;
        found.group = mount->group;
        found.master = mount->master;
        k->items[k->n++] = found;
        return 0;
}

static int read_lines(struct known_mounts *k, int pid_dir, const struct known_mount *at)
{
        _cleanup_(line_reader_closep) struct line_reader lines;
        const char *line;
        size_t length;

        int r = line_reader_open(&lines, pid_dir, "mountinfo");
        while (r >= 0 && k->n < MOUNTS_MAX && (r = line_reader_next(&lines, &line, &length)) > 0) {
                struct mountinfo mount;
                if (proc_mountinfo_parse(line, length, &mount) >= 0)
                        r = add_mount(k, &mount, at);
        }
        return r == -ENOMEM ? r : 0;
}

/* All that the processes see, one of each mount namespace. */
static int read_all(struct known_mounts *k, struct number_set *seen)
{
        alignas(8) char buffer[LISTING_SIZE];
        const char *name;
        uint64_t pid;
        int r = 0;

        _cleanup_close_ int root = proc_open();
        if (root < 0)
                return 0;
        uint64_t host = proc_host_mount_namespace(root);
        struct dents listed = DENTS_INIT(root, buffer, sizeof(buffer));
        while (r >= 0 && dents_next(&listed, &pid, &name) > 0) {
                struct known_mount at = {};
                _cleanup_close_ int dir = proc_open_process(root, (pid_t)pid);
                if (dir < 0 || proc_link_inode(dir, "ns/mnt", "mnt", &at.mntns) < 0)
                        continue;
                at.pid = at.mntns == host ? 0 : (pid_t)pid;
                r = number_set_add(seen, at.mntns);
                if (r > 0)
                        r = read_lines(k, dir, &at);
        }
        return r;
}

/* Numbers of nsfs files and of groups have 32 bits each. */
static uint64_t key_of(const struct known_mount *m, uint64_t group)
{
        return m->inode << 32 | (group & UINT32_MAX);
}

/* Copies have a master that is there, too, or are of one group with a mount before them. */
static int mark_copies(struct known_mounts *k, struct number_set *groups)
{
        int r = 0;

        for (size_t i = 0; i < k->n && r >= 0; i++) {
                struct known_mount *m = &k->items[i];
                if (m->group != 0) {
                        r = number_set_add(groups, key_of(m, m->group));
                        m->is_copy = r == 0;
                }
        }
        for (size_t i = 0; i < k->n && r >= 0; i++) {
                struct known_mount *m = &k->items[i];
                m->is_copy |= m->master != 0 && number_set_has(groups, key_of(m, m->master));
        }
        return r;
}

static int read_mounts(struct known_mounts *k)
{
        _cleanup_(number_set_freep) struct number_set *seen = number_set_new();
        _cleanup_(number_set_freep) struct number_set *groups = number_set_new();

        if (!seen || !groups)
                return -ENOMEM;
        k->read_usec = clock_usec(CLOCK_MONOTONIC);
        k->is_fresh = true;
        int r = read_all(k, seen);
        return r < 0 ? r : mark_copies(k, groups);
}

void known_mounts_begin(struct known_mounts *k)
{
        k->is_fresh = false;
}

/* Whether each process still is where it was: its number may be another's now. */
static bool are_processes_there(const struct known_mounts *k)
{
        _cleanup_close_ int root = proc_open();

        for (size_t i = 0; i < k->n; i++) {
                const struct known_mount *m = &k->items[i];
                uint64_t inode;
                if (m->pid == 0 || (i > 0 && m->pid == k->items[i - 1].pid))
                        continue;
                _cleanup_close_ int dir = root < 0 ? root : proc_open_process(root, m->pid);
                if (dir < 0 || proc_link_inode(dir, "ns/mnt", "mnt", &inode) < 0 ||
                    inode != m->mntns)
                        return false;
        }
        return true;
}

static bool are_same(const struct known_mounts *k, const struct mount_need *needs, size_t n)
{
        if (n != k->n_needs)
                return false;
        for (size_t i = 0; i < n; i++)
                if (needs[i].cookie != k->needs[i].cookie || needs[i].mounts != k->needs[i].mounts)
                        return false;
        return true;
}

int known_mounts_expect(struct known_mounts *k, const struct mount_need *needs, size_t n)
{
        bool are_old = clock_usec(CLOCK_MONOTONIC) - k->read_usec > KEPT_USEC;

        if (are_same(k, needs, n) && (k->is_fresh || (!are_old && are_processes_there(k))))
                return 0;
        known_mounts_forget(k);
        free(k->needs);
        k->needs = n > 0 ? calloc(n, sizeof(*needs)) : NULL;
        k->n_needs = k->needs ? n : 0;
        if (k->n_needs < n)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++)
                k->needs[i] = needs[i];
        return 0;
}

const struct known_mount *known_mounts_get(struct known_mounts *k, uint64_t inode, unsigned index)
{
        if (k->read_usec == 0 && read_mounts(k) < 0)
                return NULL;
        for (size_t i = 0; i < k->n; i++)
                if (k->items[i].inode == inode && !k->items[i].is_copy && index-- == 0)
                        return &k->items[i];
        return NULL;
}

unsigned known_mounts_copies(struct known_mounts *k, uint64_t inode)
{
        unsigned n = 0;

        if (k->read_usec == 0 && read_mounts(k) < 0)
                return 0;
        for (size_t i = 0; i < k->n; i++)
                n += k->items[i].inode == inode && k->items[i].is_copy;
        return n;
}
