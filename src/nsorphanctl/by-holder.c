/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/by-holder.h"

#include <string.h>

#include "nsorphanctl/table.h"
#include "report/holder-text.h"
#include "report/json.h"
#include "util/text-file.h"

/* Of so many namespaces of one holder nobody wants a line each. */
#define MANY 5

/* How many processes and kinds are named in one place. */
#define NAMED_MAX 3

/* That a holder's process holds a namespace. */
struct hold {
        const struct holder *holder;
        const struct view_netns *netns;
};

static int compare_holds(const void *a, const void *b)
{
        const struct hold *x = a, *y = b;

        if (x->holder->pid != y->holder->pid)
                return (x->holder->pid > y->holder->pid) - (x->holder->pid < y->holder->pid);
        return (x->netns > y->netns) - (x->netns < y->netns);
}

static int compare_entries(const void *a, const void *b)
{
        const struct by_holder_entry *x = a, *y = b;

        if (x->n_namespaces != y->n_namespaces)
                return x->n_namespaces < y->n_namespaces ? 1 : -1;
        return (x->holder->pid > y->holder->pid) - (x->holder->pid < y->holder->pid);
}

void by_holder_deinit(struct by_holder *b)
{
        for (size_t i = 0; i < b->n; i++)
                free(b->entries[i].through);
        free(b->entries);
        *b = (struct by_holder){};
}

static bool same_kind(const struct holder *a, const struct holder *b)
{
        return a->kind == b->kind && a->family == b->family && a->type == b->type &&
               a->protocol == b->protocol;
}

static void print_kind(FILE *f, const struct holder *h)
{
        struct holder kind = HOLDER_OF(0, 0, -1);

        kind.kind = h->kind;
        kind.family = h->family;
        kind.type = h->type;
        kind.protocol = h->protocol;
        holder_text_print(f, &kind, HOLDER_TEXT_CELL);
}

/* What the @n @holds are through: each kind once. New string, NULL when out of memory. */
static char *through(const struct hold *holds, size_t n)
{
        const struct holder *named[NAMED_MAX];
        struct text_buffer text;
        size_t n_named = 0;
        bool more = false;
        FILE *f = text_file_open(&text);

        if (!f)
                return NULL;
        for (size_t i = 0; i < n; i++) {
                size_t k = 0;

                while (k < n_named && !same_kind(named[k], holds[i].holder))
                        k++;
                more = more || k == NAMED_MAX;
                if (k < n_named || n_named == NAMED_MAX)
                        continue;
                fputs(n_named > 0 ? ", " : "", f);
                print_kind(f, holds[i].holder);
                named[n_named++] = holds[i].holder;
        }
        fputs(more ? ", …" : "", f);
        return text_file_close(f, &text, NULL);
}

/* The entry of the @n @holds of one process. */
static int add_entry(struct by_holder *b, const struct hold *holds, size_t n)
{
        struct by_holder_entry *e = &b->entries[b->n];

        *e = (struct by_holder_entry){.holder = holds[0].holder, .through = through(holds, n)};
        if (!e->through)
                return -ENOMEM;
        b->n++;
        for (size_t i = 0; i < n; i++) {
                uint64_t since = holds[i].netns->since_usec;

                e->n_namespaces += i == 0 || holds[i].netns != holds[i - 1].netns;
                if (since && (!e->since_usec || since < e->since_usec))
                        e->since_usec = since;
        }
        return 0;
}

int by_holder_group(const struct view_list *list, struct by_holder *ret)
{
        static const struct holder nobody = HOLDER_OF(0, 0, -1);
        _cleanup_(by_holder_deinit) struct by_holder b = {};
        size_t room = 0, n = 0;
        int r = 0;

        *ret = (struct by_holder){};
        for (size_t i = 0; i < list->n; i++)
                room += list->namespaces[i].n_holders + 1;
        _cleanup_free_ struct hold *holds = calloc(room + 1, sizeof(*holds));
        b.entries = calloc(room + 1, sizeof(*b.entries));
        if (!holds || !b.entries)
                return -ENOMEM;
        for (size_t i = 0; i < list->n; i++) {
                const struct view_netns *ns = &list->namespaces[i];

                for (size_t k = 0; k < ns->n_holders; k++)
                        holds[n++] = (struct hold){&ns->holders[k], ns};
                if (ns->n_holders == 0)
                        holds[n++] = (struct hold){&nobody, ns};
        }
        qsort(holds, n, sizeof(*holds), compare_holds);
        for (size_t i = 0, end; i < n && r >= 0; i = end) {
                for (end = i + 1; end < n && holds[end].holder->pid == holds[i].holder->pid;)
                        end++;
                r = add_entry(&b, &holds[i], end - i);
        }
        if (r < 0)
                return r;
        qsort(b.entries, b.n, sizeof(*b.entries), compare_entries);
        *ret = b;
        b = (struct by_holder){};
        return 0;
}

static char *pid_text(const struct by_holder_entry *e)
{
        return table_number((uint64_t)e->holder->pid);
}

static char *command_text(const struct by_holder_entry *e)
{
        return table_text(holder_comm(e->holder));
}

static char *unit_text(const struct by_holder_entry *e)
{
        return table_text(holder_unit(e->holder));
}

static char *count_text(const struct by_holder_entry *e)
{
        return table_number(e->n_namespaces);
}

static char *since_text(const struct by_holder_entry *e)
{
        return table_ago(e->since_usec);
}

static char *through_text(const struct by_holder_entry *e)
{
        return strdup(e->through);
}

static const struct {
        const char *name;
        int flags;
        char *(*text)(const struct by_holder_entry *e); /* new string, NULL when out of memory */
} columns[] = {
        {"PID", SCOLS_FL_RIGHT, pid_text},
        {"COMMAND", 0, command_text},
        {"UNIT", 0, unit_text},
        {"NAMESPACES", SCOLS_FL_RIGHT, count_text},
        {"SINCE", 0, since_text},
        {"THROUGH", 0, through_text},
};

static int add_row(struct libscols_table *table, const struct by_holder_entry *e)
{
        struct libscols_line *line = scols_table_new_line(table, NULL);
        int r = line ? 0 : -ENOMEM;

        for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(columns); i++)
                r = table_set(line, i, columns[i].text(e));
        return r;
}

int by_holder_print(const struct by_holder *b, const struct options *options)
{
        _cleanup_(table_unrefp) struct libscols_table *table = NULL;

        int r = table_new(&table, false, options);
        for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(columns); i++)
                if (!scols_table_new_column(table, columns[i].name, 0, columns[i].flags))
                        r = -ENOMEM;
        for (size_t i = 0; r >= 0 && i < b->n; i++)
                r = add_row(table, &b->entries[i]);
        return r < 0 ? r : table_print(table, options);
}

json_t *by_holder_json(const struct by_holder *b)
{
        json_auto_t *array = json_array();

        for (size_t i = 0; array && i < b->n; i++) {
                const struct by_holder_entry *e = &b->entries[i];
                json_auto_t *o = json_object();

                if (!o || json_put_nonzero(o, "pid", (uint64_t)e->holder->pid) < 0 ||
                    json_put_string(o, "comm", holder_comm(e->holder)) < 0 ||
                    json_put_string(o, "unit", holder_unit(e->holder)) < 0 ||
                    json_put_nonzero(o, "namespaces", e->n_namespaces) < 0 ||
                    json_put_nonzero(o, "sinceUSec", e->since_usec) < 0 ||
                    json_put_string(o, "through", e->through) < 0 ||
                    json_array_append(array, o) < 0)
                        return NULL;
        }
        return TAKE_PTR(array);
}

void by_holder_print_many(FILE *f, const struct by_holder *b)
{
        size_t n = 0;

        for (size_t i = 0; i < b->n && n < NAMED_MAX; i++) {
                const struct by_holder_entry *e = &b->entries[i];

                if (e->n_namespaces < MANY)
                        return;
                if (e->holder->pid == 0)
                        continue;
                n++;
                holder_text_print_process(f, e->holder);
                fprintf(f, " holds %zu of them.\n", e->n_namespaces);
        }
}
