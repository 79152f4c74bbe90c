/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report/message-text.h"

#include <inttypes.h>
#include <stdio.h>

#include "report/history-text.h"
#include "report/holder-text.h"
#include "util/text.h"

static void print_holder(FILE *f, const struct holder *h)
{
        holder_text_print_process(f, h);
        if (h->kind == HOLDER_NONE)
                return;
        fputs(" through ", f);
        holder_text_print(f, h, HOLDER_TEXT_CLAUSE);
}

/* What somebody may have seen on the wire. */
static void print_inside(FILE *f, const struct report *r)
{
        if (r->interfaces)
                fprintf(f, "; inside: %s%s%s", r->interfaces, r->addresses ? " with " : "",
                        text_or(r->addresses, ""));
}

static void print_history(FILE *f, const struct report *r)
{
        if (!history_facts_known(&r->history))
                return;
        fputs("; it was the network of ", f);
        history_text_print(f, &r->history);
}

static void print_others(FILE *f, const struct report *r)
{
        if (r->n_holders > 1)
                fprintf(f, ", and %" PRIu64 " more holder%s", r->n_holders - 1,
                        r->n_holders > 2 ? "s" : "");
        if (r->partial_reason)
                fprintf(f, " (partial view: %s)", r->partial_reason);
}

/* One function a kind; each gets the name of the namespace and how long it has been orphaned. */
typedef void (*sentence_fn)(FILE *f, const struct report *r, const char *name, const char *age);

static void leaked(FILE *f, const struct report *r, const char *name, const char *age)
{
        fprintf(f, "Network namespace %s has leaked: orphaned for %s, held by ", name, age);
        print_holder(f, &r->holder);
        print_others(f, r);
        print_history(f, r);
        print_inside(f, r);
}

static void reminder(FILE *f, const struct report *r, const char *name, const char *age)
{
        fprintf(f, "Network namespace %s is still leaked: orphaned for %s, held by ", name, age);
        print_holder(f, &r->holder);
        print_others(f, r);
        print_history(f, r);
        print_inside(f, r);
}

static void holder_changed(FILE *f, const struct report *r, const char *name, const char *age)
{
        fprintf(f, "Network namespace %s is still leaked, now held by ", name);
        print_holder(f, &r->holder);
        print_others(f, r);
        fputs("; ", f);
        holder_text_print_process(f, &r->former);
        fputs(" holds it no more", f);
}

static const char *const endings[_LEDGER_ENDING_MAX] = {
        [LEDGER_ENDING_NONE] = "it has ended",
        [LEDGER_ENDING_ATTACHED] = "a task is in it again",
        [LEDGER_ENDING_PINNED] = "a namespace file or mount leads to it again",
        [LEDGER_ENDING_GONE] = "it is gone, nothing holds it any more",
};

static void resolved(FILE *f, const struct report *r, const char *name, const char *age)
{
        fprintf(f, "Leaked network namespace %s is resolved after %s: %s", name, age,
                endings[r->ending]);
        if (r->holder.pid) {
                fputs("; it was held by ", f);
                holder_text_print_process(f, &r->holder);
        }
}

static void held_back(FILE *f, const struct report *r, const char *name, const char *age)
{
        fprintf(f,
                "Many changes of leaked network namespaces at once: %s; `nsorphanctl list` shows "
                "them all",
                text_or(r->detail, ""));
}

static void coverage_degraded(FILE *f, const struct report *r, const char *name, const char *age)
{
        fprintf(f, "Not everything on this host can be seen, so verdicts may be partial: %s",
                text_or(r->detail, "the reason is not known"));
}

static void coverage_restored(FILE *f, const struct report *r, const char *name, const char *age)
{
        fputs("Everything on this host can be seen again", f);
}

static void teardown_stuck(FILE *f, const struct report *r, const char *name, const char *age)
{
        fprintf(f,
                "The kernel has not torn down, for over a minute: %s; look for "
                "`unregister_netdevice: waiting for` in the kernel log",
                text_or(r->detail, "some network namespaces"));
}

static void sources_disagree(FILE *f, const struct report *r, const char *name, const char *age)
{
        fprintf(f,
                "BPF and procfs disagree about network namespaces, and nothing explains it: %s; "
                "scans are by procfs until the next start",
                text_or(r->detail, "the reason is not known"));
}

static void scan_failed(FILE *f, const struct report *r, const char *name, const char *age)
{
        fprintf(f,
                "A scan for orphaned network namespaces has failed, what was known stays as it "
                "was: %s",
                text_or(r->detail, "the reason is not known"));
}

static void scan_recovered(FILE *f, const struct report *r, const char *name, const char *age)
{
        fputs("Scans for orphaned network namespaces work again", f);
}

static void scan_overran(FILE *f, const struct report *r, const char *name, const char *age)
{
        fprintf(f, "Scanning for orphaned network namespaces takes too long: %s",
                text_or(r->detail, "longer than the interval"));
}

static const sentence_fn sentences[_LEDGER_CHANGE_MAX] = {
        [LEDGER_CHANGE_LEAKED] = leaked,
        [LEDGER_CHANGE_REMINDER] = reminder,
        [LEDGER_CHANGE_HOLDER_CHANGED] = holder_changed,
        [LEDGER_CHANGE_RESOLVED] = resolved,
        [LEDGER_CHANGE_HELD_BACK] = held_back,
        [LEDGER_CHANGE_COVERAGE_DEGRADED] = coverage_degraded,
        [LEDGER_CHANGE_COVERAGE_RESTORED] = coverage_restored,
        [LEDGER_CHANGE_TEARDOWN_STUCK] = teardown_stuck,
        [LEDGER_CHANGE_SOURCES_DISAGREE] = sources_disagree,
        [LEDGER_CHANGE_SCAN_FAILED] = scan_failed,
        [LEDGER_CHANGE_SCAN_RECOVERED] = scan_recovered,
        [LEDGER_CHANGE_SCAN_OVERRAN] = scan_overran,
};

char *message_text(const struct report *r)
{
        char name[NETNS_NAME_MAX], age[TEXT_TIMESPAN_MAX], *text = NULL;
        size_t size = 0;
        /* Nobody wants the milliseconds of an hour. */
        uint64_t usec = r->age_usec - r->age_usec % USEC_PER_SEC;
        FILE *f = open_memstream(&text, &size);

        if (!f)
                return NULL;
        sentences[r->kind](f, r, netns_identity_format(&r->netns, name),
                           usec ? text_format_timespan(age, usec) : "less than 1s");
        if (fclose(f) != 0) {
                free(text);
                return NULL;
        }
        return text;
}
