/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger/update.h"

#include <limits.h>

#include "ledger/changes.h"
#include "ledger/evidence.h"
#include "ledger/finding.h"
#include "ledger/machine.h"
#include "ledger/recall.h"
#include "ledger/tell.h"

static const enum ledger_ending event_endings[_LEDGER_EVENT_MAX] = {
        [LEDGER_EVENT_ATTACHED] = LEDGER_ENDING_ATTACHED,
        [LEDGER_EVENT_PINNED] = LEDGER_ENDING_PINNED,
        [LEDGER_EVENT_GONE] = LEDGER_ENDING_GONE,
        [LEDGER_EVENT_UNPINNED] = LEDGER_ENDING_ORPHANED,
        [LEDGER_EVENT_LEFT] = LEDGER_ENDING_LEFT,
        [LEDGER_EVENT_OFF] = LEDGER_ENDING_OFF,
};

static int act(const struct update *u, enum ledger_action action, struct ledger_entry *e,
               const struct netns *ns)
{
        int r;

        switch (action) {
        case LEDGER_ACTION_SUSPECT:
                e->first_seen_usec = u->now->realtime_usec;
                e->first_seen_boot_usec = u->now->boottime_usec;
                r = observe(e, ns, &u->observation);
                return r < 0 ? r : changes_add(u->l, LEDGER_CHANGE_SUSPECTED, e, NULL, u->now);
        case LEDGER_ACTION_WATCH:
                r = observe(e, ns, &u->observation);
                return r <= 0 ? r : changes_add(u->l, LEDGER_CHANGE_UPDATED, e, NULL, u->now);
        case LEDGER_ACTION_ALERT:
                return tell_alert(u, e, ns);
        case LEDGER_ACTION_REVIEW:
                return tell_review(u, e, ns);
        case LEDGER_ACTION_DOUBT:
                if (e->unconfirmed)
                        return 0;
                e->unconfirmed = true;
                return changes_add(u->l, LEDGER_CHANGE_UPDATED, e, NULL, u->now);
        case LEDGER_ACTION_CLEAR:
                return changes_add(u->l, LEDGER_CHANGE_CLEARED, e, NULL, u->now);
        case LEDGER_ACTION_RESOLVE:
                return tell_resolve(u, e);
        case LEDGER_ACTION_NOTHING:
        case _LEDGER_ACTION_MAX:
                break;
        }
        return 0;
}

static int entry_step(const struct update *u, struct ledger_entry *e, const struct netns *ns,
                      bool gone, bool missed)
{
        enum ledger_state before = e->state;
        enum ledger_event event = finding_event(e, ns, gone, &u->l->settings, u->census, u->now);
        struct ledger_step step = ledger_machine_step(before, event);
        int r;

        e->unseen_reference = ns && ns->verdict == VERDICT_PINNED && finding_is_pinned_unseen(ns);
        e->n_missed = missed ? e->n_missed + 1 : 0;
        e->state = step.state;
        e->ending = step.state == LEDGER_NONE ? event_endings[event] : LEDGER_ENDING_NONE;
        r = act(u, step.action, e, ns);
        if (r < 0) {
                /* Out of memory: as if this census had not been, for this entry. */
                e->state = before;
                e->ending = LEDGER_ENDING_NONE;
        }
        return r;
}

static int known_entries(const struct update *u, const struct evidence *evidence)
{
        struct ledger *l = u->l;
        size_t n = 0, kept = 0;
        int r = 0;

        /* Whoever leaves is kept a while: the changes point at it. */
        struct ledger_entry **retired = calloc(l->n_entries + 1, sizeof(*retired));
        if (!retired)
                return -ENOMEM;
        free(l->retired);
        l->retired = retired;

        for (size_t i = 0; i < l->n_entries; i++) {
                struct ledger_entry *e = l->entries[i];
                size_t place = evidence->netns_of[i];
                if (r >= 0)
                        r = entry_step(
                                u, e, place == EVIDENCE_NONE ? NULL : &u->census->namespaces[place],
                                evidence->confirmed[i], evidence->missed[i]);
                /* What it keeps counts also where this census has not seen it. */
                if (place == EVIDENCE_NONE)
                        observe_not(e, &u->observation);
                if (e->state == LEDGER_NONE) {
                        ledger_store_release(l, e);
                        l->retired[n++] = e;
                } else
                        l->entries[kept++] = e;
        }
        l->n_retired = n;
        l->n_entries = kept;
        return r;
}

static int new_entries(const struct update *u, const struct evidence *evidence)
{
        struct ledger *l = u->l;
        char share[FAIR_SHARE_NAME_MAX];

        for (size_t i = 0; i < u->census->n_namespaces; i++) {
                const struct netns *ns = &u->census->namespaces[i];
                struct ledger_entry *e;
                int r;

                enum ledger_finding finding = finding_of(ns, &l->settings);
                if (evidence->entry_of[i] != EVIDENCE_NONE || finding == _LEDGER_FINDING_MAX)
                        continue;
                e = calloc(1, sizeof(*e));
                if (!e)
                        return -ENOMEM;
                e->id = ns->id;
                e->finding = finding;
                /* First into the list: a change must not point at what there is no room for. */
                r = ledger_store_add(l, e, netns_share(ns, share));
                if (r < 0)
                        return r;
                if (r == 0)
                        continue;
                r = entry_step(u, e, ns, false, false);
                if (r < 0) {
                        l->n_entries--;
                        ledger_store_release(l, e);
                        ledger_entry_free(e);
                        return r;
                }
        }
        return 0;
}

/* What is said of the host itself after a good scan. */
static int host_news(const struct update *u)
{
        struct ledger *l = u->l;
        char *detail = NULL;
        unsigned gaps;
        int r = 0, news;

        if (l->failing) {
                l->failing = false;
                r = changes_host(l, LEDGER_CHANGE_SCAN_RECOVERED, NULL, u->now);
                if (r < 0)
                        return r;
        }
        if (u->census->check.disagreements > 0) {
                r = changes_host(l, LEDGER_CHANGE_SOURCES_DISAGREE, strdup(u->census->check.text),
                                 u->now);
                if (r < 0)
                        return r;
        }
        r = teardown_watch_update(&l->teardown, u->census, u->now->boottime_usec, &detail);
        if (r > 0)
                r = changes_host(l, LEDGER_CHANGE_TEARDOWN_STUCK, detail, u->now);
        if (r < 0)
                return r;
        news = coverage_watch_update(&l->coverage, &u->census->coverage, &detail, &gaps);
        if (news == COVERAGE_DEGRADED || news == COVERAGE_RESTORED)
                return changes_coverage(l,
                                        news == COVERAGE_DEGRADED ? LEDGER_CHANGE_COVERAGE_DEGRADED
                                                                  : LEDGER_CHANGE_COVERAGE_RESTORED,
                                        detail, gaps, u->now);
        return news;
}

/* Before the entries: what is counted in each share anew. */
static void begin_shares(struct ledger *l)
{
        l->n_holders_kept = l->n_births_kept = 0;
        FAIR_SHARE_FOREACH(&l->shares, s) {
                struct ledger_share *share = ledger_share_of(s);
                share->n_holders = share->n_births = share->unkept = 0;
        }
}

static bool has_entry(const struct netns_identity *id, void *userdata)
{
        return ledger_find(userdata, id) != NULL;
}

int ledger_update(struct ledger *l, struct census *census, const struct ledger_time *now)
{
        _cleanup_(evidence_deinit) struct evidence evidence = {};
        _cleanup_(group_list_deinit) struct group_list reports = {};
        _cleanup_free_ char *reason = NULL;
        int r;

        changes_begin(l);
        r = recall_births(l, census);
        if (r >= 0)
                r = coverage_watch_text(&census->coverage, UINT_MAX, &reason);
        if (r >= 0)
                r = evidence_collect(&evidence, l->entries, l->n_entries, census,
                                     now->boottime_usec);
        if (r < 0)
                return r;
        const struct update u = {
                .l = l,
                .census = census,
                .now = now,
                .observation = {&l->settings, now, reason, census_is_by_bpf(census),
                                &l->n_holders_kept, &l->n_births_kept},
                .reports = &reports,
        };
        begin_shares(l);
        r = known_entries(&u, &evidence);
        if (r >= 0)
                r = new_entries(&u, &evidence);
        if (r >= 0)
                r = tell_together(&u);
        ledger_store_sort(l);
        ledger_shares_note_unkept(&l->shares, now);
        if (r >= 0)
                r = host_news(&u);
        if (r >= 0)
                r = tell_summaries(&u);
        ledger_shares_prune(&l->shares);
        if (history_update(&l->history, census, now->realtime_usec, has_entry, l))
                l->revision++;
        return r < 0 ? r : (int)l->n_changes;
}
