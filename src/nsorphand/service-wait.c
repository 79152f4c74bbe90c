/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphand/service-wait.h"

#include <utlist.h>

#include "nsorphand/service-private.h"
#include "util/product.h"

struct waiter {
        struct service *service;
        struct varlink_call *call;
        json_t *parameters;
        uint64_t scan;
        int (*run)(struct varlink_call *call, json_t *parameters, void *userdata);
        struct waiter *prev, *next;
};

static void waiter_free(struct waiter *w)
{
        DL_DELETE(w->service->waiters, w);
        varlink_call_on_gone(w->call, NULL, NULL);
        varlink_call_unref(w->call);
        json_decref(w->parameters);
        free(w);
}

static void on_gone(struct varlink_call *call, void *userdata)
{
        waiter_free(userdata);
}

int service_wait(struct service *s, struct varlink_call *call, json_t *parameters, uint64_t scan,
                 int (*run)(struct varlink_call *call, json_t *parameters, void *userdata))
{
        struct waiter *w = malloc(sizeof(*w));
        if (!w)
                return -ENOMEM;
        *w = (struct waiter){
                .service = s,
                .call = varlink_call_ref(call),
                .parameters = json_incref(parameters),
                .scan = scan,
                .run = run,
        };
        DL_APPEND(s->waiters, w);
        varlink_call_on_gone(call, on_gone, w);
        return 0;
}

void service_wait_ended(struct service *s, uint64_t scan, const char *failure)
{
        struct waiter *w, *next;

        DL_FOREACH_SAFE(s->waiters, w, next)
        {
                if (w->scan > scan)
                        continue;
                /* A failed answer ends the connection by itself when the call is released. */
                if (failure)
                        (void)varlink_call_error(w->call, PRODUCT_INTERFACE ".ScanFailed",
                                                 json_pack("{ss}", "reason", failure));
                else
                        (void)w->run(w->call, w->parameters, s);
                waiter_free(w);
        }
}

void service_wait_free(struct service *s)
{
        while (s->waiters)
                waiter_free(s->waiters);
}
