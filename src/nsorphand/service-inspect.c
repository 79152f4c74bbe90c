/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphand/service-inspect.h"

#include <utlist.h>

#include "nsorphand/inspect-job.h"
#include "nsorphand/service-get.h"
#include "nsorphand/service-private.h"
#include "nsorphand/service-wait.h"
#include "report/json-ledger.h"
#include "util/product.h"

/* How many at a time; one that is stuck counts until the kernel lets it go. Nobody takes them all
 * but root. */
#define INSPECTIONS_MAX        8
#define INSPECTIONS_OTHERS_MAX 6
#define INSPECTIONS_USER_MAX   2

struct inspection_call {
        struct service *service;
        struct varlink_call *call; /* NULL: the caller is gone */
        uid_t uid;                 /* its user */
        struct job *job;
        struct inspection_call *prev, *next;
};

static void drop_call(struct inspection_call *c)
{
        if (c->call)
                varlink_call_on_gone(c->call, NULL, NULL);
        c->call = varlink_call_unref(c->call);
}

static void inspection_call_free(struct inspection_call *c)
{
        DL_DELETE(c->service->inspections, c);
        drop_call(c);
        free(c);
}

void service_inspect_free(struct service *s)
{
        while (s->inspections) {
                job_abandon(s->inspections->job);
                inspection_call_free(s->inspections);
        }
}

static void on_gone(struct varlink_call *call, void *userdata)
{
        drop_call(userdata);
}

static void on_done(const struct netns *ns, const struct inspect_result *result, void *userdata)
{
        struct inspection_call *c = userdata;
        const struct ledger *ledger = c->service->findings->ledger;

        /* A failed answer ends the connection by itself when the call is released. */
        if (c->call && result->json)
                (void)varlink_call_reply(
                        c->call,
                        json_pack("{so sO}", "namespace",
                                  json_ledger_netns(ns, ledger_find(ledger, &ns->id),
                                                    history_find(ledger_history(ledger), &ns->id)),
                                  "inspection", result->json));
        inspection_call_free(c);
}

static int start(struct service *s, struct varlink_call *call, const struct netns *ns)
{
        struct inspection_call *c = calloc(1, sizeof(*c));
        if (!c)
                return -ENOMEM;
        *c = (struct inspection_call){
                .service = s, .call = varlink_call_ref(call), .uid = varlink_call_peer(call)->uid};
        DL_APPEND(s->inspections, c);
        int r = inspect_job_start(&c->job, s->event, s->findings->last, ns, on_done, c);
        if (r < 0) {
                inspection_call_free(c);
                return r;
        }
        varlink_call_on_gone(call, on_gone, c);
        return 0;
}

static bool has_room(const struct service *s, uid_t uid)
{
        const struct inspection_call *c;
        size_t all = 0, others = 0, own = 0;

        DL_FOREACH(s->inspections, c)
        {
                all++;
                others += c->uid != 0;
                own += c->uid == uid;
        }
        if (uid == 0)
                return all < INSPECTIONS_MAX;
        return all < INSPECTIONS_MAX && others < INSPECTIONS_OTHERS_MAX &&
               own < INSPECTIONS_USER_MAX;
}

int service_inspect_method(struct varlink_call *call, json_t *parameters, void *userdata)
{
        struct service *s = userdata;
        const struct netns *ns;

        if (!s->findings->last)
                return service_wait(s, call, parameters, 0, service_inspect_method);
        int r = service_get_netns(s, call, parameters, &ns);
        if (r <= 0)
                return r;
        if (!has_room(s, varlink_call_peer(call)->uid))
                return varlink_call_error(call, PRODUCT_INTERFACE ".TooManyInspections",
                                          json_object());
        return start(s, call, ns);
}
