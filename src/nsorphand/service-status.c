/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"
#include "ledger/teardown-watch.h"
#include "nsorphand/service-methods.h"
#include "report/json-ledger.h"

/* So many holders are listed: enough to see who they are. */
#define UNRESOLVED_MAX ((size_t)64)

static int put_number(json_t *o, const char *key, uint64_t value)
{
        return json_put(o, key, json_integer((json_int_t)value));
}

static int put_running(json_t *o, const struct schedule *schedule)
{
        struct schedule_running running;

        if (!schedule_get_running(schedule, &running))
                return 0;
        json_auto_t *r = json_object();
        if (!r || put_number(r, "startUSec", running.start_usec) < 0 ||
            json_put_string(r, "step", scan_step_text(running.step)) < 0 ||
            (running.pid > 0 && put_number(r, "pid", (uint64_t)running.pid) < 0) ||
            put_number(r, "idleUSec", running.idle_usec) < 0)
                return -ENOMEM;
        return json_put(o, "running", TAKE_PTR(r));
}

static json_t *skipped_array(const struct schedule *schedule)
{
        size_t n;
        const struct schedule_skipped *skipped = schedule_skipped(schedule, &n);
        json_auto_t *array = json_array();

        for (size_t i = 0; array && i < n; i++)
                if (json_array_append_new(
                            array, json_pack("{sI ss sI}", "pid", (json_int_t)skipped[i].pid,
                                             "step", scan_step_text(skipped[i].step), "sinceUSec",
                                             (json_int_t)skipped[i].since_usec)) < 0)
                        return NULL;
        return TAKE_PTR(array);
}

static int put_census(json_t *o, const struct census *c)
{
        int r = json_put(o, "scan", json_scan(c));
        if (r >= 0)
                r = json_put(o, "coverage", json_coverage(c));
        if (r >= 0)
                r = json_put(o, "verdicts", json_ledger_verdicts(c));
        if (r >= 0)
                r = json_put(o, "unresolved",
                             json_holders(c->unresolved, MIN(c->n_unresolved, UNRESOLVED_MAX)));
        if (r >= 0 && c->n_unresolved > UNRESOLVED_MAX)
                r = put_number(o, "unresolvedOmitted", c->n_unresolved - UNRESOLVED_MAX);
        return r;
}

static json_t *status(const struct daemon *d)
{
        uint64_t delay = schedule_until_next(d->schedule);
        struct ledger_time now = ledger_time_now();
        json_auto_t *o = json_object();
        if (!o)
                return NULL;
        int r = json_put_string(o, "version", NSORPHAND_VERSION);
        if (r >= 0)
                r = put_number(o, "pid", (uint64_t)getpid());
        if (r >= 0)
                r = json_put(o, "host", json_host());
        if (r >= 0)
                r = put_number(o, "intervalUSec", schedule_interval(d->schedule));
        if (r >= 0 && d->last)
                r = put_census(o, d->last->census);
        if (r >= 0)
                r = json_put(o, "states", json_ledger_states(d->ledger));
        if (r >= 0)
                r = json_put(o, "shares", json_ledger_shares(d->ledger));
        if (r >= 0 && ledger_teardown(d->ledger)->known)
                r = json_put(o, "teardown", json_ledger_teardown(d->ledger, &now));
        if (r >= 0)
                r = put_running(o, d->schedule);
        if (r >= 0 && delay != UINT64_MAX)
                r = put_number(o, "nextScanUSec", now.realtime_usec + delay);
        if (r >= 0)
                r = json_put(o, "skipped", skipped_array(d->schedule));
        if (r >= 0)
                r = json_put_string(o, "error", d->scan_error);
        if (r >= 0)
                r = put_number(o, "sequence", ledger_sequence(d->ledger));
        return r < 0 ? NULL : TAKE_PTR(o);
}

int method_get_status(struct varlink_call *call, json_t *parameters, void *userdata)
{
        const struct service *s = userdata;
        return varlink_call_reply(call, status(s->daemon));
}
