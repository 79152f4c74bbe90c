/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/nameless.h"

#include <string.h>

#include "proc/open.h"
#include "proc/stat.h"
#include "util/compare.h"

static bool is_root(const struct nameless_candidate *c)
{
        return c->uid == 0;
}

/* By file: name (sockets last), number; then by what speaks for naming a namespace after it. */
static int candidate_compare(const void *pa, const void *pb)
{
        const struct nameless_candidate *a = pa, *b = pb;
        int r;

        if (!a->file != !b->file)
                return a->file ? -1 : 1;
        r = a->file ? strcmp(a->file, b->file) : 0;
        if (r == 0)
                r = compare_u64(a->id.file_inode, b->id.file_inode);
        if (r == 0)
                r = compare_u64(is_root(b), is_root(a));
        return r ? r : netns_nameless_compare(&a->id, &b->id);
}

static bool is_one_file(const struct nameless_candidate *a, const struct nameless_candidate *b)
{
        return !a->file == !b->file && (!a->file || strcmp(a->file, b->file) == 0) &&
               a->id.file_inode == b->id.file_inode;
}

static bool is_one_name(const struct nameless_candidate *a, const struct nameless_candidate *b)
{
        return a->file && b->file && strcmp(a->file, b->file) == 0;
}

/* What speaks for a row of files of one name, which prove a namespace each; a socket is a row of
 * its own. */
struct row {
        size_t begin, end;
        size_t n_root;  /* files that a process of root has open */
        size_t n_named; /* files that were named before */
        size_t n;       /* files */
        const struct nameless_candidate *oldest;
};

static struct row row_of(const struct nameless_candidate *candidates, size_t n, size_t begin)
{
        struct row row = {.begin = begin, .end = begin, .oldest = &candidates[begin]};

        while (row.end < n) {
                const struct nameless_candidate *first = &candidates[row.end];
                bool named = false;

                if (row.end > begin && !is_one_name(&candidates[begin], first))
                        break;
                row.n++;
                row.n_root += is_root(first);
                for (; row.end < n && is_one_file(first, &candidates[row.end]); row.end++) {
                        const struct nameless_candidate *c = &candidates[row.end];
                        named |= c->named;
                        if (netns_nameless_compare(&c->id, &row.oldest->id) < 0)
                                row.oldest = c;
                }
                row.n_named += named;
        }
        return row;
}

static bool row_is_better(const struct row *a, const struct row *b)
{
        if (a->n_root != b->n_root)
                return a->n_root > b->n_root;
        if (a->n != b->n)
                return a->n > b->n;
        if (a->n_named != b->n_named)
                return a->n_named > b->n_named;
        return netns_nameless_compare(&a->oldest->id, &b->oldest->id) < 0;
}

void nameless_choose(struct nameless_candidate *candidates, size_t n)
{
        struct row best = {};

        if (n > 1)
                qsort(candidates, n, sizeof(*candidates), candidate_compare);
        for (size_t i = 0; i < n;) {
                struct row row = row_of(candidates, n, i);
                if (i == 0 || row_is_better(&row, &best))
                        best = row;
                i = row.end;
        }
        for (size_t i = 0, first = 0; i < n; i++) {
                candidates[i].chosen = SIZE_MAX;
                if (i < best.begin || i >= best.end)
                        continue;
                if (i == best.begin || !is_one_file(&candidates[first], &candidates[i]))
                        first = i;
                candidates[i].chosen = first;
        }
}

/* 1, or 0 when the process has ended. */
static int candidate_init(struct nameless_candidate *c, int proc_fd, const struct holder *h,
                          struct number_set *named)
{
        struct proc_stat stat;

        *c = (struct nameless_candidate){
                .uid = h->uid,
                .id = {.pid = h->pid,
                       .kind = h->kind,
                       .file_inode = h->file_inode ? h->file_inode : h->socket_inode}};
        _cleanup_close_ int dir = proc_open_process(proc_fd, h->pid);
        if (dir < 0 || proc_stat_read(dir, &stat) < 0)
                return 0;
        c->id.start_ticks = stat.start_ticks;
        c->named = number_set_has(named, c->id.file_inode);
        return 1;
}

/* All unresolved holders that are marked, as candidates. How many. */
static size_t collect(int proc_fd, struct builder *b, struct number_set *named,
                      struct nameless_candidate *candidates)
{
        size_t n_holders, n = 0;
        const struct holder *holders = builder_unresolved(b, &n_holders);

        for (size_t i = 0; i < n_holders; i++) {
                struct nameless_candidate *c = &candidates[n];

                if (!holders[i].nameless || candidate_init(c, proc_fd, &holders[i], named) == 0)
                        continue;
                c->place = i;
                c->file = holders[i].net_file;
                n++;
        }
        return n;
}

/* Gives the chosen holders to their namespaces. */
static int apply(struct builder *b, const struct nameless_candidate *candidates, size_t n)
{
        int r = 0;

        for (size_t i = 0; i < n && r >= 0; i++) {
                const struct nameless_candidate *c = &candidates[i];
                size_t n_holders;
                struct holder *h = &builder_unresolved(b, &n_holders)[c->place];

                if (c->chosen == SIZE_MAX) {
                        h->reason = "of a namespace that nothing else leads to: a nameless one "
                                    "that is listed, or another";
                        continue;
                }
                h->nameless = false;
                r = builder_resolve(b, c->place,
                                    &(struct netns_identity){.nameless = candidates[c->chosen].id});
        }
        return r;
}

static int remember(struct number_set *named, const struct nameless_candidate *candidates, size_t n)
{
        number_set_clear(named);
        for (size_t i = 0; i < n; i++)
                if (candidates[i].chosen != SIZE_MAX &&
                    number_set_add(named, candidates[i].id.file_inode) < 0)
                        return -ENOMEM;
        return 0;
}

int nameless_resolve(struct host *host, struct builder *b)
{
        size_t n_holders;

        (void)builder_unresolved(b, &n_holders);
        _cleanup_free_ struct nameless_candidate *candidates =
                calloc(n_holders + 1, sizeof(*candidates));
        if (!candidates)
                return -ENOMEM;
        size_t n = collect(host->proc_fd, b, host->named, candidates);
        nameless_choose(candidates, n);
        int r = remember(host->named, candidates, n);
        return r < 0 ? r : apply(b, candidates, n);
}
