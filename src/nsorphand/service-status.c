/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphand/service-status.h"

#include "config.h"
#include "ledger/teardown-watch.h"
#include "nsorphand/service-private.h"
#include "report/json-ledger.h"

/* How many holders are listed: enough to see what they are. */
#define UNRESOLVED_MAX ((size_t)64)

static int put_number(json_t *o, const char *key, uint64_t value)
{
        return json_put(o, key, json_integer((json_int_t)value));
}

static int put_running(json_t *o, const struct scans *scans)
{
        struct scans_running running;

        if (!scans_get_running(scans, &running))
                return 0;
        json_auto_t *r = json_object();
        if (!r || put_number(r, "startUSec", running.start_usec) < 0 ||
            json_put_string(r, "step", scan_progress_step_text(running.step)) < 0 ||
            (running.pid > 0 && put_number(r, "pid", (uint64_t)running.pid) < 0) ||
            put_number(r, "idleUSec", running.idle_usec) < 0)
                return -ENOMEM;
        return json_put(o, "running", TAKE_PTR(r));
}

static json_t *skipped_array(const struct scans *scans)
{
        size_t n;
        const struct left_behind_process *skipped = scans_skipped(scans, &n);
        json_auto_t *array = json_array();

        for (size_t i = 0; array && i < n; i++)
                if (json_array_append_new(
                            array, json_pack("{sI ss sI}", "pid", (json_int_t)skipped[i].pid,
                                             "step", scan_progress_step_text(skipped[i].step),
                                             "sinceUSec", (json_int_t)skipped[i].since_usec)) < 0)
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

static int put_check(json_t *o, const struct findings *f)
{
        json_auto_t *c = json_object();

        if (!c || put_number(c, "made", f->n_checks) < 0 ||
            put_number(c, "disagreements", f->n_disagreements) < 0 ||
            (f->n_checks > 0 && put_number(c, "lastUSec", f->check_usec) < 0) ||
            (f->disagreement[0] && json_put_string(c, "disagreement", f->disagreement) < 0))
                return -ENOMEM;
        return json_put(o, "crossCheck", TAKE_PTR(c));
}

static int put_trace(json_t *o, const struct traces *t)
{
        if (t->which == BIRTH_TRACE_NO)
                return 0;
        if (!t->tracer)
                return json_put_string(o, "notTraced", t->reason.text);
        const struct census_trace trace = tracer_count(t->tracer);
        return json_put(o, "trace", json_trace(&trace));
}

static json_t *status(const struct service *s)
{
        const struct findings *f = s->findings;
        uint64_t delay = scans_until_next(s->scans);
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
                r = put_number(o, "intervalUSec", scans_interval(s->scans));
        if (r >= 0 && f->last)
                r = put_census(o, f->last->census);
        if (r >= 0)
                r = json_put(o, "states", json_ledger_states(f->ledger));
        if (r >= 0)
                r = json_put(o, "shares", json_ledger_shares(f->ledger));
        if (r >= 0 && ledger_teardown(f->ledger)->known)
                r = json_put(o, "teardown", json_ledger_teardown(f->ledger, &now));
        if (r >= 0)
                r = put_check(o, f);
        if (r >= 0)
                r = put_trace(o, f->traces);
        if (r >= 0)
                r = put_running(o, s->scans);
        if (r >= 0 && delay != UINT64_MAX)
                r = put_number(o, "nextScanUSec", now.realtime_usec + delay);
        if (r >= 0)
                r = json_put(o, "skipped", skipped_array(s->scans));
        if (r >= 0)
                r = json_put_string(o, "error", f->scan_error);
        if (r >= 0)
                r = put_number(o, "sequence", ledger_sequence(f->ledger));
        return r < 0 ? NULL : TAKE_PTR(o);
}

int service_status_method(struct varlink_call *call, json_t *parameters, void *userdata)
{
        const struct service *s = userdata;
        return varlink_call_reply(call, status(s));
}
