/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The entries can be many: they go out as the subscriber reads, each as it is then, and changes
 * wait until all are told. */

#include "nsorphand/service-subscribe.h"

#include <string.h>
#include <utlist.h>

#include "nsorphand/service-private.h"
#include "report/json-ledger.h"

/* An alert is about the first holders; Get has all of them. */
#define HOLDERS_MAX 4

/* More changes than this while the entries are read, and it reads too slowly. */
#define HELD_MAX 1024

struct subscriber {
        struct service *service;
        struct varlink_call *call;
        /* Until it is told what there is: what there was, how far it has got, and the changes
         * since, which are to come behind. */
        struct netns_identity *present;
        size_t n_present, i_present;
        uint64_t sequence;
        json_t *held; /* NULL: told */
        bool lost;    /* one of them */
        struct subscriber *prev, *next;
};

static void subscriber_free(struct subscriber *sub)
{
        DL_DELETE(sub->service->subscribers, sub);
        varlink_call_on_gone(sub->call, NULL, NULL);
        varlink_call_unref(sub->call);
        json_decref(sub->held);
        free(sub->present);
        free(sub);
}

void service_subscribe_free(struct service *s)
{
        while (s->subscribers)
                subscriber_free(s->subscribers);
}

static void on_gone(struct varlink_call *call, void *userdata)
{
        subscriber_free(userdata);
}

static json_t *event(uint64_t sequence, const char *kind, uint64_t usec)
{
        return json_pack("{sI ss sI}", "sequence", (json_int_t)sequence, "kind", kind, "usec",
                         (json_int_t)usec);
}

static json_t *change_event(const struct history *h, const struct ledger_change *change)
{
        json_auto_t *o = event(change->sequence, ledger_change_to_string(change->kind),
                               change->time.realtime_usec);
        if (!o || json_put_string(o, "detail", change->detail) < 0)
                return NULL;
        if (change->entry &&
            (json_put(o, "namespace",
                      json_ledger_entry(change->entry, history_find(h, &change->entry->id),
                                        HOLDERS_MAX)) < 0 ||
             json_put_string(o, "ending", ledger_entry_ending_to_string(change->entry->ending)) <
                     0))
                return NULL;
        return TAKE_PTR(o);
}

/* Whether it can be told more. */
static bool tell(struct subscriber *sub, json_t *o)
{
        if (!sub->held)
                return varlink_call_reply_continues(sub->call, json_incref(o)) >= 0;
        /* The server is at its call: send_next() ends it. */
        sub->lost = sub->lost || !o || json_array_size(sub->held) == HELD_MAX ||
                    json_array_append(sub->held, o) < 0;
        return true;
}

void service_subscribe_publish(struct service *s, const struct ledger_change *changes, size_t n)
{
        struct subscriber *sub, *next;

        for (size_t i = 0; s->subscribers && i < n; i++) {
                json_auto_t *o = change_event(ledger_history(s->findings->ledger), &changes[i]);
                DL_FOREACH_SAFE(s->subscribers, sub, next)
                {
                        /* Drop a subscriber that misses an event. */
                        if (!tell(sub, o))
                                subscriber_free(sub);
                }
        }
}

static int send_present(struct subscriber *sub, const struct ledger_entry *entry)
{
        const struct history *h = ledger_history(sub->service->findings->ledger);
        json_auto_t *o = event(sub->sequence, "present", ledger_time_now().realtime_usec);

        if (!o || json_put(o, "namespace",
                           json_ledger_entry(entry, history_find(h, &entry->id), HOLDERS_MAX)) < 0)
                return -ENOMEM;
        return varlink_call_reply_continues(sub->call, TAKE_PTR(o));
}

/* All are told: now what has changed meanwhile. */
static int send_held(struct subscriber *sub)
{
        json_auto_t *held = TAKE_PTR(sub->held);
        json_t *change;
        size_t i;

        int r = varlink_call_reply_continues(
                sub->call, event(sub->sequence, "synchronized", ledger_time_now().realtime_usec));
        json_array_foreach(held, i, change)
                if (r >= 0)
                        r = varlink_call_reply_continues(sub->call, json_incref(change));
        free(sub->present);
        sub->present = NULL;
        return r < 0 ? r : 1;
}

/* The next one that is still there; that others have gone meanwhile is a change. */
static int send_next(struct varlink_call *call, void *userdata)
{
        struct subscriber *sub = userdata;
        const struct ledger *ledger = sub->service->findings->ledger;

        if (sub->lost)
                return -ENOBUFS;
        while (sub->i_present < sub->n_present) {
                const struct ledger_entry *entry =
                        ledger_find(ledger, &sub->present[sub->i_present++]);
                if (entry)
                        return send_present(sub, entry);
        }
        return send_held(sub);
}

int service_subscribe_method(struct varlink_call *call, json_t *parameters, void *userdata)
{
        struct service *s = userdata;
        const struct ledger *ledger = s->findings->ledger;
        struct subscriber *sub = calloc(1, sizeof(*sub));

        if (!sub)
                return -ENOMEM;
        sub->service = s;
        sub->call = varlink_call_ref(call);
        DL_APPEND(s->subscribers, sub);
        varlink_call_on_gone(call, on_gone, sub);
        sub->sequence = ledger_sequence(ledger);
        sub->held = json_array();
        sub->present = calloc(ledger_count(ledger) + 1, sizeof(*sub->present));
        if (!sub->held || !sub->present)
                return -ENOMEM;
        for (; sub->n_present < ledger_count(ledger); sub->n_present++)
                sub->present[sub->n_present] = ledger_get(ledger, sub->n_present)->id;
        return varlink_call_stream(call, send_next, sub, NULL);
}
