/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphand/service-get.h"

#include <limits.h>

#include "nsorphand/service-private.h"
#include "nsorphand/service-wait.h"
#include "report/json-ledger.h"
#include "util/product.h"

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

static int find_matches(const struct findings *f, const struct netns_identity *wanted,
                        json_t *matches, json_t *cookies)
{
        const struct history *h = ledger_history(f->ledger);
        const struct census *c = f->last->census;
        int r = 0;

        for (size_t i = 0; r >= 0 && i < c->n_namespaces; i++) {
                const struct netns *ns = &c->namespaces[i];
                if (identity_matches(&ns->id, wanted))
                        r = add_match(matches, cookies,
                                      json_ledger_netns(ns, ledger_find(f->ledger, &ns->id),
                                                        history_find(h, &ns->id)),
                                      &ns->id);
        }
        for (size_t i = 0; r >= 0 && i < ledger_count(f->ledger); i++) {
                const struct ledger_entry *e = ledger_get(f->ledger, i);
                /* One that the census has, too, is there already. */
                if (e->unconfirmed && identity_matches(&e->id, wanted) && !census_search(c, &e->id))
                        r = add_match(
                                matches, cookies,
                                json_ledger_entry(e, history_find(h, &e->id), CENSUS_LISTED_MAX),
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
                return varlink_call_error(call, PRODUCT_INTERFACE ".NoSuchNamespace",
                                          TAKE_PTR(asked));
        }
        return varlink_call_error(
                call, PRODUCT_INTERFACE ".AmbiguousInode",
                json_pack("{sI sO}", "inode", (json_int_t)wanted->inode, "cookies", cookies));
}

int service_get_netns(struct service *s, struct varlink_call *call, json_t *parameters,
                      const struct netns **ret)
{
        const struct census *c = s->findings->last->census;
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

static json_t *get_reply(const struct findings *f, json_t *netns)
{
        const struct census_trace *trace = &f->last->census->trace;
        json_auto_t *o = json_pack("{sO}", "namespace", netns);

        if (!o || (trace->which != BIRTH_TRACE_NO && json_put(o, "trace", json_trace(trace)) < 0))
                return NULL;
        return json_incref(o);
}

int service_get_method(struct varlink_call *call, json_t *parameters, void *userdata)
{
        struct service *s = userdata;
        json_auto_t *matches = json_array(), *cookies = json_array();
        struct netns_identity wanted;

        int r = parse_identity(call, parameters, &wanted);
        if (r <= 0)
                return r;
        if (!s->findings->last)
                return service_wait(s, call, parameters, 0, service_get_method);
        r = find_matches(s->findings, &wanted, matches, cookies);
        if (r < 0)
                return r;
        if (json_array_size(matches) != 1)
                return refuse(call, &wanted, cookies);
        return varlink_call_reply(call, get_reply(s->findings, json_array_get(matches, 0)));
}
