/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/questions.h"

#include "netlink/sock-diag.h"
#include "util/fair-share.h"

void questions_deinit(struct questions *q)
{
        struct question *one, *next;

        HASH_ITER(hh, q->all, one, next) {
                HASH_DEL(q->all, one);
                free(one);
        }
        *q = (struct questions){};
}

struct question *questions_find(struct questions *q, uint64_t inode, bool file)
{
        struct question *found, sought = {.key = {.inode = inode, .file = file}};

        HASH_FIND(hh, q->all, &sought.key, sizeof(sought.key), found);
        return found;
}

struct question *questions_add(struct questions *q, uint64_t inode, bool file, uint64_t tables,
                               uid_t uid)
{
        struct question *one = questions_find(q, inode, file);

        if (one) {
                one->tables = one->tables && tables ? one->tables | tables : 0;
                if (one->uid != uid)
                        one->uid = UID_UNKNOWN;
                return one;
        }
        one = calloc(1, sizeof(*one));
        if (!one)
                return NULL;
        one->key.inode = inode;
        one->key.file = file;
        one->tables = tables;
        one->uid = uid;
        HASH_ADD(hh, q->all, key, sizeof(one->key), one);
        if (one->hh.tbl)
                return one;
        free(one);
        return NULL;
}

struct question *questions_answer(struct questions *q, uint64_t inode, bool file,
                                  const struct netns_identity *id)
{
        struct question *one = inode > 0 ? questions_find(q, inode, file) : NULL;

        if (!one || one->found)
                return NULL;
        one->found = q->stale = true;
        one->id = *id;
        return one;
}

void questions_sum_up(struct questions *q, bool any)
{
        if (!q->stale && (any || !q->all_tables_wanted))
                return;
        q->stale = q->files_wanted = q->sockets_wanted = q->all_tables_wanted = false;
        q->tables_wanted = 0;
        for (const struct question *one = q->all; one; one = one->hh.next) {
                if (one->found || one->dropped)
                        continue;
                q->files_wanted |= one->key.file;
                q->all_tables_wanted |= !one->key.file && !one->tables && any;
                q->tables_wanted |= one->tables;
        }
        if (q->all_tables_wanted)
                q->tables_wanted = SOCK_TABLES_ALL;
        q->sockets_wanted = q->tables_wanted != 0;
}

void questions_drop(struct questions *q, uid_t uid)
{
        for (struct question *one = q->all; one; one = one->hh.next)
                one->dropped |= !one->found && one->uid == uid;
        q->stale = true;
}
