/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report/json-ledger.h"

#include "ledger/share.h"
#include "ledger/teardown-watch.h"

static int put_entry(json_t *o, const struct ledger_entry *e)
{
        int r = 0;

        if (e->state == LEDGER_SUSPECTED || e->state == LEDGER_LEAKED)
                r = json_put_string(o, "state", ledger_entry_state_to_string(e->state));
        if (r >= 0)
                r = json_put_nonzero(o, "sinceUSec", e->first_seen_usec);
        if (r >= 0)
                r = json_put_nonzero(o, "leakedUSec", e->leaked_usec);
        if (r >= 0)
                r = json_put_nonzero(o, "scans", e->n_censuses);
        if (r >= 0)
                r = json_put_string(o, "partialReason", e->partial_reason);
        if (r >= 0 && e->finding == LEDGER_FINDING_STRAY_THREAD)
                r = json_put(o, "strayThread", json_true());
        if (r >= 0 && e->ignored)
                r = json_put(o, "ignored", json_true());
        if (r >= 0 && e->unconfirmed)
                r = json_put(o, "unconfirmed", json_true());
        return r;
}

/* Whose it is, or was. */
static int put_history(json_t *o, const struct history_entry *e)
{
        json_auto_t *h = e ? json_object() : NULL;

        if (!e)
                return 0;
        if (!h || json_put_string(h, "containerManager", e->facts.manager) < 0 ||
            json_put_string(h, "container", e->facts.container) < 0 ||
            json_put_string(h, "containerName", e->facts.name) < 0 ||
            json_put_string(h, "pod", e->facts.pod) < 0 ||
            json_put_string(h, "unit", e->facts.unit) < 0 ||
            json_put_string(h, "comm", e->facts.command) < 0 ||
            (e->facts.claimed && json_put(h, "claimed", json_true()) < 0) ||
            json_put_nonzero(h, "firstTaskUSec", e->first_seen_usec) < 0 ||
            json_put_nonzero(h, "lastTaskUSec", e->last_seen_usec) < 0)
                return -ENOMEM;
        return json_put(o, "history", json_incref(h));
}

json_t *json_ledger_netns(const struct netns *ns, const struct ledger_entry *entry,
                          const struct history_entry *history)
{
        json_auto_t *o = json_netns(ns);
        if (!o || (entry && put_entry(o, entry) < 0) || put_history(o, history) < 0)
                return NULL;
        return TAKE_PTR(o);
}

json_t *json_ledger_entry(const struct ledger_entry *e, const struct history_entry *history,
                          size_t max_holders)
{
        json_auto_t *o = json_object();
        int ended = ledger_entry_verdict(e->finding, e->ending);
        /* What a namespace was that has just left the ledger. */
        int verdict = ended < 0 ? ledger_entry_verdict(e->finding, LEDGER_ENDING_NONE) : ended;
        bool unnamed = e->finding == LEDGER_FINDING_UNNAMED && verdict == VERDICT_PINNED &&
                       e->ending == LEDGER_ENDING_NONE;
        if (!o || json_put_identity(o, &e->id) < 0 ||
            json_put_string(o, "verdict", netns_verdict_to_string((enum verdict)verdict)) < 0 ||
            (unnamed && json_put(o, "unnamed", json_true()) < 0) ||
            (e->partial && json_put(o, "partial", json_true()) < 0) ||
            json_put(o, "holders", json_holders(e->holders, MIN(e->n_holders, max_holders))) < 0 ||
            json_put(o, "holderCount", json_integer((json_int_t)e->n_holders_total)) < 0 ||
            put_entry(o, e) < 0 || put_history(o, history) < 0)
                return NULL;
        return TAKE_PTR(o);
}

json_t *json_ledger_states(const struct ledger *l)
{
        size_t suspected_ignored, leaked_ignored;
        size_t suspected = ledger_count_state(l, LEDGER_SUSPECTED, &suspected_ignored);
        size_t leaked = ledger_count_state(l, LEDGER_LEAKED, &leaked_ignored);

        return json_pack("{sI sI sI}", "suspected", (json_int_t)suspected, "leaked",
                         (json_int_t)leaked, "ignored",
                         (json_int_t)(suspected_ignored + leaked_ignored));
}

json_t *json_ledger_shares(const struct ledger *l)
{
        json_auto_t *array = json_array();

        FAIR_SHARE_FOREACH(ledger_shares(l), one) {
                const struct ledger_share *s = ledger_share_of(one);
                json_auto_t *o = json_pack("{ss sI}", "name", one->name, "orphans",
                                           (json_int_t)(one->taken + s->unkept));
                if (!array || !o || json_put_nonzero(o, "unkept", s->unkept) < 0 ||
                    json_put_nonzero(o, "heldBack", ledger_share_n_held(s)) < 0 ||
                    json_array_append(array, o) < 0)
                        return NULL;
        }
        return TAKE_PTR(array);
}

json_t *json_ledger_teardown(const struct ledger *l, const struct ledger_time *now)
{
        const struct teardown_watch *w = ledger_teardown(l);

        json_auto_t *o = json_pack("{sI sI}", "namespaces", (json_int_t)w->n, "stuck",
                                   (json_int_t)w->n_stuck);
        if (!o || !w->oldest)
                return TAKE_PTR(o);
        uint64_t age = now->boottime_usec - w->oldest->since_boot_usec;
        if (json_put_nonzero(o, "cookie", w->oldest->id.cookie) < 0 ||
            json_put_nonzero(o, "sinceUSec", now->realtime_usec - age) < 0)
                return NULL;
        return TAKE_PTR(o);
}

json_t *json_ledger_verdicts(const struct census *c)
{
        json_auto_t *o = json_object();
        for (enum verdict v = 0; o && v < _VERDICT_MAX; v++)
                if (json_put(o, netns_verdict_to_string(v),
                             json_integer((json_int_t)census_count(c, v))) < 0)
                        return NULL;
        return TAKE_PTR(o);
}
