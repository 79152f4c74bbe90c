/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Subscribe: every change from the call on, and before "synchronized" the entries that there were.
 * They can be many, so they go out as the subscriber reads, with changes in between. */

#include <string.h>
#include <utlist.h>

#include "nsorphand/service-methods.h"
#include "report/json-ledger.h"

/* An alert is about the first holders; who wants all of them calls Get. */
#define HOLDERS_MAX 4

static void subscriber_free(struct subscriber *sub)
{
        DL_DELETE(sub->service->subscribers, sub);
        varlink_call_on_gone(sub->call, NULL, NULL);
        varlink_call_unref(sub->call);
        free(sub);
}

void subscribers_free(struct service *s)
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

static json_t *change_event(const struct ledger_change *change)
{
        json_auto_t *o = event(change->sequence, ledger_change_to_string(change->kind),
                               change->time.realtime_usec);
        if (!o || json_put_string(o, "detail", change->detail) < 0)
                return NULL;
        if (change->entry &&
            (json_put(o, "namespace", json_entry(change->entry, HOLDERS_MAX)) < 0 ||
             json_put_string(o, "ending", ledger_ending_to_string(change->entry->ending)) < 0))
                return NULL;
        return TAKE_PTR(o);
}

void service_publish(struct service *s, const struct ledger_change *changes, size_t n)
{
        struct subscriber *sub, *next;

        for (size_t i = 0; s->subscribers && i < n; i++) {
                json_auto_t *o = change_event(&changes[i]);
                DL_FOREACH_SAFE(s->subscribers, sub, next)
                {
                        /* Who can not be told everything is told nothing more. */
                        if (varlink_call_reply_continues(sub->call, json_incref(o)) < 0)
                                subscriber_free(sub);
                }
        }
}

/* The orphans there were when somebody subscribed, which are told one by one, as he reads. */
struct presence {
        struct service *service;
        struct netns_identity *ids;
        size_t n, i;
};

static void presence_free(struct presence *p)
{
        if (p) {
                free(p->ids);
                free(p);
        }
}

static void release_presence(void *userdata)
{
        presence_free(userdata);
}

static struct presence *presence_new(struct service *s)
{
        const struct ledger *ledger = s->daemon->ledger;
        struct presence *p = calloc(1, sizeof(*p));

        if (!p)
                return NULL;
        p->service = s;
        p->n = ledger_count(ledger);
        p->ids = calloc(p->n + 1, sizeof(*p->ids));
        if (!p->ids) {
                presence_free(p);
                return NULL;
        }
        for (size_t i = 0; i < p->n; i++)
                p->ids[i] = ledger_get(ledger, i)->id;
        return p;
}

/* The next one that is still there. Those that have gone meanwhile were a change, and so were those
 * that came. */
static int send_present(struct varlink_call *call, void *userdata)
{
        struct presence *p = userdata;
        const struct ledger *ledger = p->service->daemon->ledger;
        uint64_t sequence = ledger_sequence(ledger);
        uint64_t now = ledger_time_now().realtime_usec;

        while (p->i < p->n) {
                const struct ledger_entry *entry = ledger_find(ledger, &p->ids[p->i++]);
                if (!entry)
                        continue;
                json_auto_t *o = event(sequence, "present", now);
                if (!o || json_put(o, "namespace", json_entry(entry, HOLDERS_MAX)) < 0)
                        return -ENOMEM;
                return varlink_call_reply_continues(call, TAKE_PTR(o));
        }
        int r = varlink_call_reply_continues(call, event(sequence, "synchronized", now));
        return r < 0 ? r : 1;
}

int method_subscribe(struct varlink_call *call, json_t *parameters, void *userdata)
{
        struct service *s = userdata;
        struct subscriber *sub = malloc(sizeof(*sub));
        struct presence *presence = presence_new(s);

        if (!sub || !presence) {
                free(sub);
                presence_free(presence);
                return -ENOMEM;
        }
        *sub = (struct subscriber){.service = s, .call = varlink_call_ref(call)};
        DL_APPEND(s->subscribers, sub);
        varlink_call_on_gone(call, on_gone, sub);
        return varlink_call_stream(call, send_present, presence, release_presence);
}
