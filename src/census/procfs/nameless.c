/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/nameless.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "census/procfs/describe.h"
#include "census/procfs/parse.h"
#include "util/text.h"

static int compare_u64(uint64_t a, uint64_t b)
{
        return a < b ? -1 : a > b;
}

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
        return r ? r : nameless_compare(&a->id, &b->id);
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
                        if (nameless_compare(&c->id, &row.oldest->id) < 0)
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
        return nameless_compare(&a->oldest->id, &b->oldest->id) < 0;
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
static int candidate_init(struct nameless_candidate *c, struct walk *walk, const struct holder *h,
                          struct number_set *named)
{
        char name[16];

        *c = (struct nameless_candidate){
                .uid = h->uid,
                .id = {.pid = h->pid,
                       .kind = h->kind,
                       .file_inode = h->file_inode ? h->file_inode : h->socket_inode}};
        (void)snprintf(name, sizeof(name), "%d", (int)h->pid);
        _cleanup_close_ int dir = openat(walk->proc_fd, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (dir < 0 || process_read_start_ticks(dir, &c->id.start_ticks) < 0)
                return 0;
        c->named = number_set_has(named, c->id.file_inode);
        return 1;
}

/* Procfs forgets the name of an open file as soon as somebody looks the same name up again, and the
 * link says "(deleted)" from then on. */
static void undelete(char *path)
{
        static const char deleted[] = " (deleted)";
        size_t n = strlen(path), n_deleted = strlen(deleted);

        if (n > n_deleted && strcmp(path + n - n_deleted, deleted) == 0)
                path[n - n_deleted] = '\0';
}

/* All unresolved holders that are marked, as candidates; @names keeps the names of their files. */
static int collect(struct walk *walk, struct builder *b, struct number_set *named,
                   struct nameless_candidate *candidates, char **names, size_t *ret_n)
{
        size_t n_holders;
        const struct holder *holders = builder_unresolved(b, &n_holders);

        for (size_t i = 0; i < n_holders; i++) {
                struct nameless_candidate *c = &candidates[*ret_n];
                const char *file;

                if (!holders[i].nameless || candidate_init(c, walk, &holders[i], named) == 0)
                        continue;
                c->place = i;
                if (holders[i].kind == HOLDER_PROC_NET_FILE && holders[i].path) {
                        names[*ret_n] = strdup(holders[i].path);
                        if (!names[*ret_n])
                                return -ENOMEM;
                        (void)text_unescape(names[*ret_n]);
                        undelete(names[*ret_n]);
                        if (parse_proc_net_path(names[*ret_n], &file))
                                c->file = file;
                }
                (*ret_n)++;
        }
        return 0;
}

static int place_compare(const void *pa, const void *pb)
{
        const size_t *a = pa, *b = pb;
        return compare_u64(a[0], b[0]);
}

/* Gives the chosen holders to their namespaces. @order: place, candidate. */
static int apply(struct builder *b, const struct nameless_candidate *candidates, size_t (*order)[2],
                 size_t n)
{
        int r = 0;

        for (size_t i = 0; i < n; i++) {
                order[i][0] = candidates[i].place;
                order[i][1] = i;
        }
        if (n > 1)
                qsort(order, n, sizeof(*order), place_compare);
        /* From the end, for what is resolved leaves the list. */
        for (size_t i = n; i-- > 0 && r >= 0;) {
                const struct nameless_candidate *c = &candidates[order[i][1]];
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

int nameless_settle(struct walk *walk, struct builder *b, struct number_set *named)
{
        size_t n = 0, n_holders;

        (void)builder_unresolved(b, &n_holders);
        _cleanup_free_ struct nameless_candidate *candidates =
                calloc(n_holders + 1, sizeof(*candidates));
        _cleanup_free_ size_t(*order)[2] = calloc(n_holders + 1, sizeof(*order));
        char **names = (char **)calloc(n_holders + 1, sizeof(*names));
        int r = candidates && order && names ? 0 : -ENOMEM;

        if (r >= 0)
                r = collect(walk, b, named, candidates, names, &n);
        if (r >= 0) {
                nameless_choose(candidates, n);
                r = remember(named, candidates, n);
        }
        if (r >= 0)
                r = apply(b, candidates, order, n);
        for (size_t i = 0; names && i <= n && i < n_holders; i++)
                free(names[i]);
        free(names);
        return r;
}
