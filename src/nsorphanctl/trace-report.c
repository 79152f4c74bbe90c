/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/trace-report.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "nsorphanctl/json-print.h"
#include "report/birth-text.h"
#include "report/holder-text.h"
#include "report/json.h"

struct traced_socket {
        uint64_t cookie;
        uint64_t look; /* that saw it last */
        UT_hash_handle hh;
};

struct traced_netns {
        struct netns_identity id; /* two parts of which are the key */
        uint64_t key[2];
        uint64_t look;
        bool counted, born;
        UT_hash_handle hh;
};

static void drop_older(struct trace_report *t, uint64_t look)
{
        struct traced_socket *s, *next_socket;
        struct traced_netns *n, *next_netns;

        HASH_ITER(hh, t->sockets, s, next_socket)
                if (s->look < look) {
                        HASH_DEL(t->sockets, s);
                        free(s);
                }
        HASH_ITER(hh, t->orphans, n, next_netns)
                if (n->look < look) {
                        HASH_DEL(t->orphans, n);
                        free(n);
                }
}

void trace_report_deinit(struct trace_report *t)
{
        drop_older(t, UINT64_MAX);
        t->last = birth_unref(t->last);
}

/* The orphan, new or not. NULL when out of memory. */
static struct traced_netns *get_netns(struct trace_report *t, const struct netns_identity *id)
{
        uint64_t key[2] = {id->inode, id->cookie};
        struct traced_netns *n;

        HASH_FIND(hh, t->orphans, key, sizeof(key), n);
        if (n)
                return n;
        n = calloc(1, sizeof(*n));
        if (!n)
                return NULL;
        n->id = *id;
        n->key[0] = key[0];
        n->key[1] = key[1];
        HASH_ADD(hh, t->orphans, key, sizeof(n->key), n);
        if (n->hh.tbl)
                return n;
        free(n);
        return NULL;
}

/* 1 for a socket that was told of already, or 0, or -ENOMEM. */
static int see_socket(struct trace_report *t, uint64_t cookie)
{
        struct traced_socket *s;

        HASH_FIND(hh, t->sockets, &cookie, sizeof(cookie), s);
        if (s) {
                s->look = t->looks;
                return 1;
        }
        s = calloc(1, sizeof(*s));
        if (!s)
                return -ENOMEM;
        s->cookie = cookie;
        s->look = t->looks;
        HASH_ADD(hh, t->sockets, cookie, sizeof(s->cookie), s);
        if (s->hh.tbl)
                return 0;
        free(s);
        return -ENOMEM;
}

static void print_time(uint64_t usec)
{
        time_t t = (time_t)(usec / USEC_PER_SEC);
        char clock[32];
        struct tm tm;

        if (localtime_r(&t, &tm) && strftime(clock, sizeof(clock), "%F %T", &tm) > 0)
                fputs(clock, stdout);
}

static void print_frames(const struct trace_report *t, const struct birth *b)
{
        if (t->last && b->n_frames > 0 && birth_same_place(t->last, b)) {
                puts("        from the same place as the one before");
                return;
        }
        for (size_t i = 0; i < b->n_frames; i++) {
                fputs("        at ", stdout);
                birth_text_print_frame(stdout, &b->frames[i], true);
                putchar('\n');
        }
}

static void print_birth(const struct trace_report *t, const struct netns *ns,
                        const struct holder *h)
{
        const struct birth *b = h->birth;
        char name[NETNS_NAME_MAX];

        printf("%s", netns_identity_format(&ns->id, name));
        if (ns->id.cookie)
                printf(" cookie:%" PRIu64, ns->id.cookie);
        fputs(" is orphaned, held by ", stdout);
        holder_text_print_process(stdout, h);
        fputs(" through ", stdout);
        holder_text_print(stdout, h, HOLDER_TEXT_CELL);
        printf("\n    %s by ", b->accepted ? "accepted" : "opened");
        birth_text_print_opener(stdout, b);
        if (b->thread)
                printf(", thread '%s'", b->thread);
        printf(", uid %u, on ", (unsigned)b->uid);
        print_time(b->opened_usec);
        putchar('\n');
        print_frames(t, b);
}

json_t *trace_report_json(const struct netns *ns, const struct holder *h)
{
        json_auto_t *o = json_object();

        if (!o || json_put_identity(o, &ns->id) < 0 || json_put(o, "holder", json_holder(h)) < 0)
                return NULL;
        return TAKE_PTR(o);
}

json_t *trace_report_json_end(const struct trace_report *t, const struct census_trace *trace)
{
        json_auto_t *o = json_object();

        if (!o || json_put(o, "trace", json_trace(trace)) < 0 ||
            json_put(o, "orphans", json_integer((json_int_t)t->n_orphans)) < 0 ||
            json_put(o, "orphansWithBirth", json_integer((json_int_t)t->n_born)) < 0 ||
            json_put(o, "told", json_integer((json_int_t)t->n_told)) < 0)
                return NULL;
        return TAKE_PTR(o);
}

/* Takes @o, which may be NULL. */
static int print_json(const struct trace_report *t, json_t *o)
{
        json_auto_t *json = o;

        if (!json)
                return -ENOMEM;
        return json_print(json, t->options->json) == EXIT_SUCCESS ? 0 : -EPIPE;
}

static int tell(struct trace_report *t, const struct netns *ns, const struct holder *h)
{
        int r = see_socket(t, h->socket_cookie);

        if (r != 0)
                return MIN(r, 0);
        if (t->options->json != JSON_OFF)
                r = print_json(t, trace_report_json(ns, h));
        else
                print_birth(t, ns, h);
        birth_unref(t->last);
        t->last = birth_ref(h->birth);
        t->n_told++;
        return r;
}

static int look_at(struct trace_report *t, const struct netns *ns)
{
        struct traced_netns *n = get_netns(t, &ns->id);
        int r = 0;

        if (!n)
                return -ENOMEM;
        bool before = n->look > 0;
        n->look = t->looks;
        if (!before)
                return 0;
        t->n_orphans += !n->counted;
        n->counted = true;
        for (size_t i = 0; i < ns->n_holders && r >= 0; i++) {
                if (!ns->holders[i].birth)
                        continue;
                t->n_born += !n->born;
                n->born = true;
                r = tell(t, ns, &ns->holders[i]);
        }
        return r;
}

static int flush(void)
{
        return fflush(stdout) != 0 || ferror(stdout) ? -EPIPE : 0;
}

int trace_report_begin(struct trace_report *t, const struct census_trace *trace)
{
        if (t->options->json == JSON_OFF) {
                if (!t->options->no_legend)
                        puts("Who opens sockets is noted from now on. Interrupt to end.");
                return flush();
        }
        json_auto_t *o = json_object();
        if (!o || json_put(o, "trace", json_trace(trace)) < 0)
                return -ENOMEM;
        return json_print(o, t->options->json) == EXIT_SUCCESS ? flush() : -EPIPE;
}

int trace_report_look(struct trace_report *t, const struct census *census)
{
        int r = 0;

        t->looks++;
        for (size_t i = 0; i < census->n_namespaces && r >= 0; i++)
                if (census->namespaces[i].verdict == VERDICT_ORPHANED)
                        r = look_at(t, &census->namespaces[i]);
        drop_older(t, t->looks);
        return r < 0 ? r : flush();
}

int trace_report_end(struct trace_report *t, const struct census_trace *trace)
{
        if (t->options->json != JSON_OFF)
                return print_json(t, trace_report_json_end(t, trace));
        if (t->options->no_legend)
                return 0;
        printf("%" PRIu64 " orphan%s, and of %" PRIu64 " it is known who opened a socket. %" PRIu64
               " socket%s noted, %" PRIu64 " of them open; %" PRIu64
               " %s refused for want of room.\n",
               t->n_orphans, t->n_orphans == 1 ? "" : "s", t->n_born, trace->noted,
               trace->noted == 1 ? " was" : "s were", trace->now, trace->refused,
               trace->refused == 1 ? "was" : "were");
        return 0;
}
