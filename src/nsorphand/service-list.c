/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphand/service-list.h"

#include "nsorphand/service-private.h"
#include "nsorphand/service-wait.h"
#include "report/json-ledger.h"
#include "varlink/error.h"

/* How much fits one reply; more must be taken one by one, with `more`. */
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
        const struct ledger *ledger = w->service->findings->ledger;
        const struct history *h = ledger_history(ledger);
        const struct census *c = w->snapshot->census;

        while (w->i < c->n_namespaces) {
                const struct netns *ns = &c->namespaces[w->i++];
                const struct ledger_entry *entry = ledger_find(ledger, &ns->id);
                if (!filter_passes(&w->filter, ns->verdict, entry))
                        continue;
                *ret = json_ledger_netns(ns, entry, history_find(h, &ns->id));
                return *ret ? 1 : -ENOMEM;
        }
        while (w->j < w->n_unconfirmed) {
                const struct ledger_entry *entry = ledger_find(ledger, &w->unconfirmed[w->j++]);
                const struct netns *ns = entry ? census_search(c, &entry->id) : NULL;
                /* One that the census has, too, was there already, unless the filter left it out.
                 */
                if (!entry || !filter_passes(&w->filter, VERDICT_ORPHANED, entry) ||
                    (ns && filter_passes(&w->filter, ns->verdict, entry)))
                        continue;
                *ret = json_ledger_entry(entry, history_find(h, &entry->id), CENSUS_LISTED_MAX);
                return *ret ? 1 : -ENOMEM;
        }
        return 0;
}

static int walk_new(struct walk **ret, struct service *s, const struct filter *filter)
{
        const struct ledger *ledger = s->findings->ledger;
        _cleanup_(walk_freep) struct walk *w = calloc(1, sizeof(*w));
        if (!w)
                return -ENOMEM;
        w->service = s;
        w->snapshot = snapshot_ref(s->findings->last);
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

int service_list_method(struct varlink_call *call, json_t *parameters, void *userdata)
{
        struct service *s = userdata;
        struct filter filter = {-1, -1};
        struct walk *w = NULL;

        if (!s->findings->last)
                return service_wait(s, call, parameters, 0, service_list_method);
        /* The names have been checked against the interface. */
        json_t *verdict = json_object_get(parameters, "verdict");
        json_t *state = json_object_get(parameters, "state");
        if (json_is_string(verdict))
                filter.verdict = netns_verdict_from_string(json_string_value(verdict));
        if (json_is_string(state))
                filter.state = (int)ledger_entry_state_from_string(json_string_value(state));
        int r = walk_new(&w, s, &filter);
        if (r < 0)
                return r;
        return varlink_call_wants_more(call) ? list_one_by_one(call, w) : list_at_once(call, w);
}
