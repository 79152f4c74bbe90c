/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* List and Get: the last census together with what the ledger knows. An orphan that the last
 * census neither saw nor proved gone is in the ledger alone. */

#include <limits.h>
#include <string.h>

#include "nsorphand/service-methods.h"
#include "report/json-ledger.h"
#include "varlink/error.h"

/* So much fits one reply; who has more must take them one by one. */
#define ONE_REPLY_MAX   256
#define ONE_REPLY_BYTES ((size_t)4 * 1024 * 1024)

/* What a caller wants to see; -1: whatever. */
struct filter {
        int verdict;
        int state;
};

/* A walk over all namespaces that pass the filter, at its caller's pace: the census is kept, the
 * ledger's own are noted down at the beginning. */
struct walk {
        struct service *service;
        struct snapshot *snapshot;
        struct filter filter;
        size_t i;
        struct netns_identity *unconfirmed;
        size_t n_unconfirmed, j;
        json_t *next; /* the one to send, looked up ahead to know whether it is the last */
};

static void walk_free(struct walk *w)
{
        if (!w)
                return;
        snapshot_unref(w->snapshot);
        json_decref(w->next);
        free(w->unconfirmed);
        free(w);
}
DEFINE_CLEANUP(struct walk *, walk_free);

static bool filter_passes(const struct filter *f, enum verdict verdict,
                          const struct ledger_entry *entry)
{
        return (f->verdict < 0 || (int)verdict == f->verdict) &&
               (f->state < 0 || (entry && (int)entry->state == f->state));
}

/* 1 with the next namespace, 0 when there is none left, -ENOMEM. */
static int walk_next(struct walk *w, json_t **ret)
{
        const struct ledger *ledger = w->service->daemon->ledger;
        const struct census *c = w->snapshot->census;

        while (w->i < c->n_namespaces) {
                const struct netns *ns = &c->namespaces[w->i++];
                const struct ledger_entry *entry = ledger_find(ledger, &ns->id);
                if (!filter_passes(&w->filter, ns->verdict, entry))
                        continue;
                *ret = json_ledger_netns(ns, entry);
                return *ret ? 1 : -ENOMEM;
        }
        while (w->j < w->n_unconfirmed) {
                const struct ledger_entry *entry = ledger_find(ledger, &w->unconfirmed[w->j++]);
                if (!entry || !filter_passes(&w->filter, VERDICT_ORPHANED, entry))
                        continue;
                *ret = json_ledger_entry(entry, CENSUS_LISTED_MAX);
                return *ret ? 1 : -ENOMEM;
        }
        return 0;
}

static int walk_new(struct walk **ret, struct service *s, const struct filter *filter)
{
        const struct ledger *ledger = s->daemon->ledger;
        _cleanup_(walk_freep) struct walk *w = calloc(1, sizeof(*w));
        if (!w)
                return -ENOMEM;
        w->service = s;
        w->snapshot = snapshot_ref(s->daemon->last);
        w->filter = *filter;
        w->unconfirmed = calloc(ledger_count(ledger) + 1, sizeof(*w->unconfirmed));
        if (!w->unconfirmed)
                return -ENOMEM;
        for (size_t i = 0; i < ledger_count(ledger); i++)
                if (ledger_get(ledger, i)->unconfirmed)
                        w->unconfirmed[w->n_unconfirmed++] = ledger_get(ledger, i)->id;
        *ret = TAKE_PTR(w);
        return 0;
}

static int send_next(struct varlink_call *call, void *userdata)
{
        struct walk *w = userdata;
        json_t *following = NULL;

        int r = walk_next(w, &following);
        if (r < 0)
                return r;
        json_t *reply = json_pack("{s[o]}", "namespaces", TAKE_PTR(w->next));
        w->next = following;
        return r > 0 ? varlink_call_reply_continues(call, reply) : varlink_call_reply(call, reply);
}

static void release_walk(void *userdata)
{
        walk_free(userdata);
}

static int list_one_by_one(struct varlink_call *call, struct walk *w)
{
        int r = walk_next(w, &w->next);
        if (r <= 0) {
                walk_free(w);
                return r < 0 ? r : varlink_call_reply(call, json_pack("{s[]}", "namespaces"));
        }
        return varlink_call_stream(call, send_next, w, release_walk);
}

static int list_at_once(struct varlink_call *call, struct walk *walk)
{
        _cleanup_(walk_freep) struct walk *w = walk;
        json_auto_t *array = json_array();
        size_t size = 0;
        json_t *netns;
        int r;

        while ((r = walk_next(w, &netns)) > 0) {
                if (json_array_append_new(array, netns) < 0)
                        return -ENOMEM;
                size += json_dumpb(netns, NULL, 0, JSON_COMPACT);
                if (json_array_size(array) > ONE_REPLY_MAX || size > ONE_REPLY_BYTES)
                        return varlink_call_error(call, VARLINK_ERROR_EXPECTED_MORE, json_object());
        }
        return r < 0 ? r
                     : varlink_call_reply(call, json_pack("{so}", "namespaces", TAKE_PTR(array)));
}

int method_list(struct varlink_call *call, json_t *parameters, void *userdata)
{
        struct service *s = userdata;
        struct filter filter = {-1, -1};
        struct walk *w = NULL;

        if (!s->daemon->last)
                return service_wait(s, call, parameters, 0, method_list);
        /* The names have been checked against the interface. */
        json_t *verdict = json_object_get(parameters, "verdict");
        json_t *state = json_object_get(parameters, "state");
        if (json_is_string(verdict))
                filter.verdict = verdict_from_string(json_string_value(verdict));
        if (json_is_string(state))
                filter.state = (int)ledger_state_from_string(json_string_value(state));
        int r = walk_new(&w, s, &filter);
        if (r < 0)
                return r;
        return varlink_call_wants_more(call) ? list_one_by_one(call, w) : list_at_once(call, w);
}

static bool identity_matches(const struct netns_identity *id, const struct netns_identity *wanted)
{
        const struct nameless *n = &wanted->nameless;

        if (n->file_inode &&
            (id->nameless.file_inode != n->file_inode || id->nameless.pid != n->pid ||
             (n->kind != HOLDER_NONE && id->nameless.kind != n->kind)))
                return false;
        return (!wanted->inode || id->inode == wanted->inode) &&
               (!wanted->cookie || id->cookie == wanted->cookie);
}

/* Adds what @id names to the answer, and its cookie to those that could be meant. */
static int add_match(json_t *matches, json_t *cookies, json_t *netns,
                     const struct netns_identity *id)
{
        if (json_array_append_new(matches, netns) < 0)
                return -ENOMEM;
        return json_array_append_new(cookies, json_integer((json_int_t)id->cookie)) < 0 ? -ENOMEM
                                                                                        : 0;
}

static int find_matches(const struct daemon *d, const struct netns_identity *wanted,
                        json_t *matches, json_t *cookies)
{
        const struct census *c = d->last->census;
        int r = 0;

        for (size_t i = 0; r >= 0 && i < c->n_namespaces; i++) {
                const struct netns *ns = &c->namespaces[i];
                if (identity_matches(&ns->id, wanted))
                        r = add_match(matches, cookies,
                                      json_ledger_netns(ns, ledger_find(d->ledger, &ns->id)),
                                      &ns->id);
        }
        for (size_t i = 0; r >= 0 && i < ledger_count(d->ledger); i++) {
                const struct ledger_entry *e = ledger_get(d->ledger, i);
                if (e->unconfirmed && identity_matches(&e->id, wanted))
                        r = add_match(matches, cookies, json_ledger_entry(e, CENSUS_LISTED_MAX),
                                      &e->id);
        }
        return r;
}

/* A number above 0, 0 when it is not given, -EINVAL. */
static int parameter_u64(json_t *parameters, const char *name, uint64_t *ret)
{
        json_t *value = json_object_get(parameters, name);

        *ret = 0;
        if (!json_is_integer(value))
                return 0;
        if (json_integer_value(value) <= 0)
                return -EINVAL;
        *ret = (uint64_t)json_integer_value(value);
        return 0;
}

/* The holder of a nameless one, if it is given. 0 or -EINVAL. */
static int parameter_nameless(json_t *parameters, struct nameless *ret)
{
        json_t *value = json_object_get(parameters, "nameless");
        uint64_t pid;

        if (!json_is_object(value))
                return 0;
        if (parameter_u64(value, "pid", &pid) < 0 || pid == 0 || pid > INT_MAX ||
            parameter_u64(value, "fileInode", &ret->file_inode) < 0 || !ret->file_inode)
                return -EINVAL;
        ret->pid = (pid_t)pid;
        /* The names have been checked against the interface. */
        json_t *kind = json_object_get(value, "kind");
        if (json_is_string(kind))
                ret->kind = holder_kind_from_string(json_string_value(kind));
        return 0;
}

/* Takes the identity out of the parameters. 1, or what the call was answered with. */
static int parse_identity(struct varlink_call *call, json_t *parameters, struct netns_identity *ret)
{
        *ret = (struct netns_identity){};
        if (parameter_u64(parameters, "inode", &ret->inode) < 0)
                return varlink_call_error_invalid_parameter(call, "inode");
        if (parameter_u64(parameters, "cookie", &ret->cookie) < 0)
                return varlink_call_error_invalid_parameter(call, "cookie");
        if (parameter_nameless(parameters, &ret->nameless) < 0)
                return varlink_call_error_invalid_parameter(call, "nameless");
        if (!ret->inode && !ret->cookie && !ret->nameless.file_inode)
                return varlink_call_error_invalid_parameter(call, "inode");
        return 1;
}

/* The one error for none, and that for several. */
static int refuse(struct varlink_call *call, const struct netns_identity *wanted, json_t *cookies)
{
        json_auto_t *asked = json_object();

        if (json_array_size(cookies) == 0) {
                if (!asked || json_put_identity(asked, wanted) < 0)
                        return -ENOMEM;
                return varlink_call_error(call, INTERFACE ".NoSuchNamespace", TAKE_PTR(asked));
        }
        return varlink_call_error(
                call, INTERFACE ".AmbiguousInode",
                json_pack("{sI sO}", "inode", (json_int_t)wanted->inode, "cookies", cookies));
}

int service_find_netns(struct service *s, struct varlink_call *call, json_t *parameters,
                       const struct netns **ret)
{
        const struct census *c = s->daemon->last->census;
        json_auto_t *cookies = json_array();
        struct netns_identity wanted;

        int r = parse_identity(call, parameters, &wanted);
        if (r <= 0)
                return r;
        for (size_t i = 0; i < c->n_namespaces; i++) {
                const struct netns_identity *id = &c->namespaces[i].id;
                if (!identity_matches(id, &wanted))
                        continue;
                if (json_array_append_new(cookies, json_integer((json_int_t)id->cookie)) < 0)
                        return -ENOMEM;
                *ret = &c->namespaces[i];
        }
        return json_array_size(cookies) == 1 ? 1 : refuse(call, &wanted, cookies);
}

int method_get(struct varlink_call *call, json_t *parameters, void *userdata)
{
        struct service *s = userdata;
        json_auto_t *matches = json_array(), *cookies = json_array();
        struct netns_identity wanted;

        int r = parse_identity(call, parameters, &wanted);
        if (r <= 0)
                return r;
        if (!s->daemon->last)
                return service_wait(s, call, parameters, 0, method_get);
        r = find_matches(s->daemon, &wanted, matches, cookies);
        if (r < 0)
                return r;
        if (json_array_size(matches) != 1)
                return refuse(call, &wanted, cookies);
        return varlink_call_reply(call, json_pack("{sO}", "namespace", json_array_get(matches, 0)));
}
