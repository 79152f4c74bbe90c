/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What has leaked between two censuses of one host. Pure. */

#include "census/census.h"

enum leaks_kind {
        LEAKS_NONE,     /* it is in use, or has a name and something that uses it */
        LEAKS_ORPHANED, /* only sockets and their like keep it */
        LEAKS_UNNAMED,  /* only open files lead to it */
        LEAKS_EMPTY,    /* nothing but a name keeps it */
        _LEAKS_KIND_MAX,
};

enum leaks_kind leaks_kind_of(const struct netns *ns);
/* "orphaned", "unnamed", "empty"; NULL for LEAKS_NONE. */
const char *leaks_kind_to_string(enum leaks_kind kind);

struct leak {
        const struct netns *netns;  /* in the later census */
        const struct netns *before; /* the same in the earlier one; NULL: it was not there */
        enum leaks_kind kind;
        bool own;    /* for the caller: a process that it asks for holds it */
        bool counts; /* for the caller, true by itself */
};

/* Points into the censuses. */
struct leaks {
        struct leak *list;
        size_t n;
        size_t unsettled; /* left out by leaks_keep(), of those that count */
};

/* The namespace of @c that @ns, of a later census, is. By cookie; without one by inode number,
 * which is used again: where all that holds @ns began after @c, it is another one. NULL: it was not
 * there.
 */
const struct netns *leaks_find_same(const struct census *c, const struct netns *ns);

/* What is orphaned, unnamed or empty in @after and was not there in @before, or was there and in
 * use. A name that was there already is none, whatever has ended inside. 0, or -ENOMEM. */
int leaks_find(const struct census *before, const struct census *after, struct leaks *ret);

/* From now on only those count that are `own`; they come first. */
void leaks_count_own(struct leaks *l);

/* Leaves out what was not a leak in @earlier, a census between the two: it is newborn, or about to
 * go. */
void leaks_keep(struct leaks *l, const struct census *earlier);

/* How many count. */
size_t leaks_count(const struct leaks *l);

void leaks_deinit(struct leaks *l);
