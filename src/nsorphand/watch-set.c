/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphand/watch-set.h"
#include "util/array.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

void watch_set_deinit(struct watch_set *s)
{
        free(s->watches);
        free(s->netns);
        *s = (struct watch_set){};
}

/* The place of @tid, or where it would be. */
static size_t place_of(const struct watch_set *s, pid_t tid)
{
        return ARRAY_LOWER_BOUND(s->watches, s->n, .tid, tid);
}

static size_t place_of_netns(const struct watch_set *s, uint64_t netns)
{
        return ARRAY_LOWER_BOUND(s->netns, s->n, , netns);
}

static int make_room(struct watch_set *s)
{
        size_t room = s->room;

        /* Both have as much room: the second one is told of it when both do. */
        return array_make_room(&s->watches, s->n, &room, sizeof(*s->watches)) &&
                               array_make_room(&s->netns, s->n, &s->room, sizeof(*s->netns))
                       ? 0
                       : -ENOMEM;
}

int watch_set_add(struct watch_set *s, pid_t tid, uint64_t netns)
{
        size_t place, netns_place;

        /* A number that was given out again. */
        watch_set_remove(s, tid);
        if (make_room(s) < 0)
                return -ENOMEM;
        place = place_of(s, tid);
        memmove(&s->watches[place + 1], &s->watches[place], (s->n - place) * sizeof(*s->watches));
        s->watches[place] = (struct watch){tid, netns};
        netns_place = place_of_netns(s, netns);
        memmove(&s->netns[netns_place + 1], &s->netns[netns_place],
                (s->n - netns_place) * sizeof(*s->netns));
        s->netns[netns_place] = netns;
        s->n++;
        return 0;
}

const struct watch *watch_set_find(const struct watch_set *s, pid_t tid)
{
        size_t place = place_of(s, tid);

        return place < s->n && s->watches[place].tid == tid ? &s->watches[place] : NULL;
}

bool watch_set_has_netns(const struct watch_set *s, uint64_t netns)
{
        size_t place = place_of_netns(s, netns);

        return place < s->n && s->netns[place] == netns;
}

void watch_set_remove(struct watch_set *s, pid_t tid)
{
        size_t place = place_of(s, tid), netns_place;

        if (place == s->n || s->watches[place].tid != tid)
                return;
        netns_place = place_of_netns(s, s->watches[place].netns);
        memmove(&s->watches[place], &s->watches[place + 1],
                (s->n - place - 1) * sizeof(*s->watches));
        memmove(&s->netns[netns_place], &s->netns[netns_place + 1],
                (s->n - netns_place - 1) * sizeof(*s->netns));
        s->n--;
}

/* Holders are in order of kind, so the tasks come first. */
static const struct holder *oldest_task(const struct netns *ns)
{
        const struct holder *oldest = NULL;

        for (size_t i = 0; i < ns->n_holders && ns->holders[i].kind == HOLDER_TASK; i++) {
                const struct holder *h = &ns->holders[i];
                if (h->process &&
                    (!oldest || h->process->start_ticks < oldest->process->start_ticks))
                        oldest = h;
        }
        return oldest;
}

int watch_set_from_census(struct watch_set *ret, const struct census *census)
{
        struct watch_set s = {};

        for (size_t i = 0; i < census->n_namespaces; i++) {
                const struct holder *task = oldest_task(&census->namespaces[i]);
                if (task && watch_set_add(&s, task->tid, census->namespaces[i].id.inode) < 0) {
                        watch_set_deinit(&s);
                        return -ENOMEM;
                }
        }
        *ret = s;
        return 0;
}

int watch_set_netns_of(pid_t tid, uint64_t *ret_netns)
{
        char path[64];
        struct stat st;

        (void)snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)tid);
        if (stat(path, &st) < 0)
                return negative_errno();
        *ret_netns = st.st_ino;
        return 0;
}

bool watch_set_is_over(const struct watch *w)
{
        uint64_t netns;
        int r = watch_set_netns_of(w->tid, &netns);

        return r < 0 ? r != -EACCES && r != -EPERM : netns != w->netns;
}
