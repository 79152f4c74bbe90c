/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/explained.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/inject.h"
#include "nsorphanctl/color.h"
#include "nsorphanctl/connection.h"
#include "nsorphanctl/decode-birth.h"
#include "nsorphanctl/decode.h"
#include "nsorphanctl/fail.h"
#include "report/json-inspection.h"
#include "report/json.h"
#include "util/clock.h"

/* Nobody waits longer for a daemon that is busy with its first scan. */
#define DAEMON_TIMEOUT_USEC (2 * USEC_PER_SEC)

/* The daemon is only asked for its memory: without one everything else is told all the same. 0 also
 * where none runs, and where it does not know this one; or a negative errno with the sentence. */
static int ask_daemon(const struct options *options, const struct netns_identity *id,
                      struct explain_history *ret, struct error *error)
{
        _cleanup_(varlink_client_freep) struct varlink_client *client = NULL;
        _cleanup_(view_netns_clear) struct view_netns netns = {};
        json_auto_t *parameters = json_object(), *reply = NULL;

        *ret = (struct explain_history){};
        if (!parameters || json_put_identity(parameters, id) < 0)
                return error_oom(error);
        int r = connection_open(&client, options, error);
        if (r < 0)
                return r == -ECONNREFUSED ? 0 : r;
        varlink_client_set_timeout(client, DAEMON_TIMEOUT_USEC);
        r = connection_call(client, "Get", json_incref(parameters), &reply, error);
        if (r < 0)
                return r == -ENXIO || r == -ENOTUNIQ ? 0 : r;
        r = decode_netns(reply, &netns, error);
        if (r < 0)
                return r;
        ret->since_usec = netns.since_usec;
        ret->leaked_usec = netns.leaked_usec;
        ret->last_task_usec = netns.last_task_usec;
        ret->whose = netns.history;
        netns.history = (struct history_facts){}; /* taken over */
        ret->holders = TAKE_PTR(netns.holders);
        ret->n_holders = netns.n_holders;
        netns.n_holders = 0;
        return decode_birth_trace(reply, &ret->trace, error);
}

/* Gives the holders of the namespace at @place the births that the daemon has noted. */
static void take_births(struct census *census, size_t place, const struct explain_history *history)
{
        struct netns *ns = &census->namespaces[place];

        for (size_t i = 0; i < ns->n_holders; i++)
                for (size_t k = 0; k < history->n_holders && !ns->holders[i].birth; k++)
                        if (holder_same_socket(&history->holders[k], &ns->holders[i]))
                                ns->holders[i].birth = birth_ref(history->holders[k].birth);
}

void explained_say_not_asked(const struct explained *e)
{
        if (*e->not_asked.text)
                (void)fail_with(EXIT_SUCCESS, "%s, continuing without what nsorphand remembers",
                                e->not_asked.text);
}

json_t *explained_json(const struct explained *explained)
{
        const struct explain *e = &explained->explain;
        json_auto_t *o = json_netns(e->inspection->netns);
        json_auto_t *inspection = json_inspection(e->inspection);

        if (!o || !inspection || json_object_update(o, inspection) < 0 ||
            json_put_nonzero(o, "sinceUSec", e->history.since_usec) < 0 ||
            json_put_nonzero(o, "leakedUSec", e->history.leaked_usec) < 0 ||
            (e->history.trace.which != BIRTH_TRACE_NO &&
             json_put(o, "trace", json_trace(&e->history.trace)) < 0))
                return NULL;
        return json_incref(o);
}

void explained_deinit(struct explained *e)
{
        history_facts_clear(&e->explain.history.whose);
        holder_free_array(e->explain.history.holders, e->explain.history.n_holders);
        e->explain.history = (struct explain_history){};
        e->inspection = inspection_free(e->inspection);
}

int explained_init(struct explained *e, struct census *census, const struct netns *ns,
                   unsigned flags, const struct options *options)
{
        struct error error = {};

        if (ask_daemon(options, &ns->id, &e->explain.history, &error) < 0)
                e->not_asked = error;
        for (size_t i = 0; i < census->n_namespaces; i++)
                if (&census->namespaces[i] == ns)
                        take_births(census, i, &e->explain.history);
        int r = inspection_new(census, ns, flags, &e->inspection);
        if (r < 0) {
                explained_deinit(e);
                return r;
        }
        e->explain.census = census;
        e->explain.inspection = e->inspection;
        e->explain.now_usec = clock_usec(CLOCK_REALTIME);
        e->explain.bold = color_wanted();
        e->explain.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
        e->explain.can_release = inject_is_supported(NULL) >= 0;
        return 0;
}
