/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report/message-text.h"

#include <inttypes.h>
#include <stdio.h>

#include "report/birth-text.h"
#include "report/history-text.h"
#include "report/holder-text.h"
#include "util/text-file.h"
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

/* How many functions are named in a sentence. */
#define PLACES_MAX 3

/* Who opened what the holder has; @they: of several, at one place. */
static void print_birth(FILE *f, const struct report *r, bool they)
{
        const struct birth *b = r->holder.birth;
        char span[TEXT_TIMESPAN_MAX];

        if (!b)
                return;
        fprintf(f, "; %s %s %s", they ? "they" : birth_text_what(&r->holder), they ? "were" : "was",
                b->accepted ? "accepted" : "opened");
        if (b->opened_boot_usec && r->time.boottime_usec >= b->opened_boot_usec) {
                uint64_t age = r->time.boottime_usec - b->opened_boot_usec;
                fprintf(f, " %s ago",
                        age >= USEC_PER_SEC ? text_format_timespan(span, age - age % USEC_PER_SEC)
                                            : "less than 1s");
        }
        fputs(" by ", f);
        if (holder_is_opener(&r->holder))
                fputs("that process itself", f);
        else
                birth_text_print_opener(f, b);
        if (b->thread)
                fprintf(f, ", thread '%s'", b->thread);
        birth_text_print_places(f, b, ", in ", PLACES_MAX, " ← ");
}

/* How many namespaces are named in a sentence; the fields of the entry have more. */
#define NAMED_MAX 10

static void print_names(FILE *f, const struct report *r)
{
        char name[NETNS_NAME_MAX];
        size_t more = MIN(r->n_more, (size_t)NAMED_MAX - 1);

        fputs(netns_identity_format(&r->netns, name), f);
        for (size_t i = 0; i < more; i++)
                fprintf(f, ", %s", netns_identity_format(&r->more[i], name));
        if (r->n_leaks > more + 1)
                fprintf(f, " and %" PRIu64 " more", r->n_leaks - more - 1);
}

/* What is said of each finding. */
static const struct {
        const char *alert, *again;     /* of one namespace */
        const char *alerts, *again_of; /* of several */
        const char *how;               /* "for 2min" */
        const char *which;             /* of one that has ended */
} words[_LEDGER_FINDING_MAX] = {
        [LEDGER_FINDING_ORPHAN] = {"has leaked", "is still leaked", "have leaked",
                                   "are still leaked", "orphaned", "Leaked"},
        [LEDGER_FINDING_UNNAMED] = {"has no name and no process",
                                    "still has no name and no process",
                                    "have no name and no process",
                                    "still have no name and no process", "kept by open files alone",
                                    "Unnamed"},
};

static bool is_reminder(const struct report *r)
{
        return r->kind == LEDGER_CHANGE_REMINDER;
}

/* Of several that one process holds. */
static void print_group(FILE *f, const struct report *r, const char *age)
{
        bool more = !is_reminder(r) && r->n_leaks_all > r->n_leaks;

        fprintf(f, "%" PRIu64 "%s network namespaces %s", r->n_leaks, more ? " more" : "",
                is_reminder(r) ? words[r->finding].again_of : words[r->finding].alerts);
        if (r->n_leaks_all > r->n_leaks)
                fprintf(f, ", %" PRIu64 " in all", r->n_leaks_all);
        fputs(": ", f);
        holder_text_print_process(f, &r->holder);
        fprintf(f, " holds them, the oldest %s for %s: ", words[r->finding].how, age);
        print_names(f, r);
        if (r->n_leaks_shared > 0)
                fprintf(f, "; %" PRIu64 " of them ha%s other holders, too", r->n_leaks_shared,
                        r->n_leaks_shared == 1 ? "s" : "ve");
        if (r->partial_reason)
                fprintf(f, " (partial view: %s)", r->partial_reason);
        print_birth(f, r, true);
}

/* The thread, and where its process is. */
static void print_stray(FILE *f, const struct report *r)
{
        const struct holder *h = &r->holder;

        fprintf(f, "thread %d of ", (int)h->tid);
        holder_text_print_process(f, h);
        if (h->home_inode)
                fprintf(f, ", which itself is in net:[%" PRIu64 "]", h->home_inode);
        if (r->n_holders > 1)
                fprintf(f, ", and %" PRIu64 " more stray thread%s", r->n_holders - 1,
                        r->n_holders > 2 ? "s" : "");
}

/* Of stray threads of one process in several namespaces. */
static void print_stray_group(FILE *f, const struct report *r, const char *age)
{
        bool more = !is_reminder(r) && r->n_leaks_all > r->n_leaks;

        fputs("Stray threads of ", f);
        holder_text_print_process(f, &r->holder);
        fprintf(f, " are %sin %" PRIu64 "%s network namespaces", is_reminder(r) ? "still " : "",
                r->n_leaks, more ? " more" : "");
        if (r->n_leaks_all > r->n_leaks)
                fprintf(f, ", %" PRIu64 " in all", r->n_leaks_all);
        fprintf(f, ", the first for %s: ", age);
        print_names(f, r);
}

/* Of one, when its holder has others. */
static void print_all(FILE *f, const struct report *r)
{
        if (r->n_leaks_all > 1)
                fprintf(f, "; that process holds %" PRIu64 " leaked namespaces in all",
                        r->n_leaks_all);
}

/* One function a kind; each gets the name of the namespace and how long it has been orphaned. */
typedef void (*sentence_fn)(FILE *f, const struct report *r, const char *name, const char *age);

static void alert(FILE *f, const struct report *r, const char *name, const char *age)
{
        if (r->n_leaks > 1) {
                print_group(f, r, age);
                return;
        }
        fprintf(f, "Network namespace %s %s: %s for %s, held by ", name,
                is_reminder(r) ? words[r->finding].again : words[r->finding].alert,
                words[r->finding].how, age);
        print_holder(f, &r->holder);
        print_others(f, r);
        print_birth(f, r, false);
        print_history(f, r);
        print_inside(f, r);
        print_all(f, r);
}

static void stray_thread(FILE *f, const struct report *r, const char *name, const char *age)
{
        if (r->n_leaks > 1) {
                print_stray_group(f, r, age);
                return;
        }
        fprintf(f, "A stray thread is %sin network namespace %s, for %s: ",
                is_reminder(r) ? "still " : "", name, age);
        print_stray(f, r);
        print_history(f, r);
}

static void reminder(FILE *f, const struct report *r, const char *name, const char *age)
{
        if (r->finding == LEDGER_FINDING_STRAY_THREAD)
                stray_thread(f, r, name, age);
        else
                alert(f, r, name, age);
}

static void holder_changed(FILE *f, const struct report *r, const char *name, const char *age)
{
        if (r->finding == LEDGER_FINDING_STRAY_THREAD) {
                fprintf(f, "A stray thread is still in network namespace %s, now ", name);
                print_stray(f, r);
        } else {
                fprintf(f, "Network namespace %s %s, now held by ", name, words[r->finding].again);
                print_holder(f, &r->holder);
                print_others(f, r);
                print_birth(f, r, false);
        }
        fputs("; ", f);
        holder_text_print_process(f, &r->former);
        fputs(r->finding == LEDGER_FINDING_STRAY_THREAD ? " has none there any more"
                                                        : " holds it no more",
              f);
}

static const char *const endings[_LEDGER_ENDING_MAX] = {
        [LEDGER_ENDING_NONE] = "it has ended",
        [LEDGER_ENDING_ATTACHED] = "a task is in it again",
        [LEDGER_ENDING_PINNED] = "a namespace file or mount leads to it again",
        [LEDGER_ENDING_GONE] = "it is gone, nothing holds it any more",
        [LEDGER_ENDING_ORPHANED] = "no open file leads to it any more; it is an orphan now",
        [LEDGER_ENDING_LEFT] = "no stray thread is in it any more",
        [LEDGER_ENDING_OFF] = "nsorphand.conf asks for no alert of such any more",
};

static void resolved(FILE *f, const struct report *r, const char *name, const char *age)
{
        bool stray = r->finding == LEDGER_FINDING_STRAY_THREAD;

        fprintf(f, "%s network namespace %s is resolved after %s: %s",
                stray ? "The stray thread in" : words[r->finding].which, name, age,
                endings[r->ending]);
        if (r->holder.pid) {
                fputs(stray ? "; it was one of " : "; it was held by ", f);
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
        [LEDGER_CHANGE_LEAKED] = alert,
        [LEDGER_CHANGE_UNNAMED] = alert,
        [LEDGER_CHANGE_STRAY_THREAD] = stray_thread,
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
        char name[NETNS_NAME_MAX], age[TEXT_TIMESPAN_MAX];
        struct text_buffer text;
        /* Nobody wants the milliseconds of an hour. */
        uint64_t usec = r->age_usec - r->age_usec % USEC_PER_SEC;
        FILE *f = text_file_open(&text);

        if (!f)
                return NULL;
        sentences[r->kind](f, r, netns_identity_format(&r->netns, name),
                           usec ? text_format_timespan(age, usec) : "less than 1s");
        return text_file_close(f, &text, NULL);
}
