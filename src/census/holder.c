/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/holder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/string-table.h"

static const char *const holder_kind_names[_HOLDER_KIND_MAX] = {
#define X(symbol, word) [HOLDER_##symbol] = word,
        HOLDER_KINDS(X)
#undef X
};

const char *holder_kind_to_string(enum holder_kind kind)
{
        return kind < _HOLDER_KIND_MAX ? holder_kind_names[kind] : NULL;
}

enum holder_kind holder_kind_from_string(const char *s)
{
        return (unsigned)MAX(string_table_find(holder_kind_names, _HOLDER_KIND_MAX, s), 0);
}

int holder_copy(struct holder *ret, const struct holder *h)
{
        *ret = *h;
        ret->process = process_ref(h->process);
        ret->birth = birth_ref(h->birth);
        ret->path = h->path ? strdup(h->path) : NULL;
        ret->device = h->device ? strdup(h->device) : NULL;
        if ((!h->path || ret->path) && (!h->device || ret->device))
                return 0;
        holder_clear(ret);
        *ret = (struct holder){};
        return -ENOMEM;
}

void holder_clear(struct holder *h)
{
        free(h->path);
        free(h->device);
        h->path = h->device = NULL;
        h->process = process_unref(h->process);
        h->birth = birth_unref(h->birth);
}

void holder_free_array(struct holder *holders, size_t n)
{
        for (size_t i = 0; i < n; i++)
                holder_clear(&holders[i]);
        free(holders);
}

int holder_compare(const void *pa, const void *pb)
{
        const struct holder *a = pa, *b = pb;

        if (a->kind != b->kind)
                return a->kind < b->kind ? -1 : 1;
        if (a->pid != b->pid)
                return a->pid < b->pid ? -1 : 1;
        if (a->tid != b->tid)
                return a->tid < b->tid ? -1 : 1;
        if (a->fd != b->fd)
                return a->fd < b->fd ? -1 : 1;
        if (a->depth != b->depth)
                return a->depth < b->depth ? -1 : 1;
        if (a->socket_inode != b->socket_inode)
                return a->socket_inode < b->socket_inode ? -1 : 1;
        return strcmp(a->path ? a->path : "", b->path ? b->path : "");
}

static bool string_equal(const char *a, const char *b)
{
        return a && b ? strcmp(a, b) == 0 : a == b;
}

bool holder_equal(const struct holder *a, const struct holder *b)
{
        return a->kind == b->kind && a->carried == b->carried && a->pid == b->pid &&
               a->tid == b->tid && holder_start_ticks(a) == holder_start_ticks(b) &&
               a->fd == b->fd && a->socket_inode == b->socket_inode && a->family == b->family &&
               a->type == b->type && a->protocol == b->protocol &&
               string_equal(holder_comm(a), holder_comm(b)) &&
               string_equal(holder_unit(a), holder_unit(b)) && string_equal(a->path, b->path) &&
               string_equal(a->device, b->device);
}

bool holder_same_process(const struct holder *a, const struct holder *b)
{
        uint64_t x = holder_start_ticks(a), y = holder_start_ticks(b);

        return a->pid == b->pid && (x == y || x == 0 || y == 0);
}

bool holder_same_socket(const struct holder *a, const struct holder *b)
{
        if (a->socket_cookie && b->socket_cookie)
                return a->socket_cookie == b->socket_cookie;
        return a->socket_inode && a->socket_inode == b->socket_inode && a->pid > 0 &&
               holder_same_process(a, b) && a->kind == b->kind && a->tid == b->tid &&
               a->fd == b->fd;
}

bool holder_is_opener(const struct holder *h)
{
        uint64_t start = holder_start_ticks(h);

        return h->birth && h->pid > 0 && h->pid == h->birth->pid &&
               (start == 0 || start == birth_start_ticks(h->birth));
}
