/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/run-junit.h"

#include <inttypes.h>
#include <string.h>

#include "nsorphanctl/explain.h"
#include "nsorphanctl/junit.h"
#include "report/holder-text.h"
#include "util/text-file.h"
#include "util/text.h"

/* What the three tests say; what is NULL is not said. */
struct texts {
        char *command, *census, *leaks, *others;
};

static void texts_clear(struct texts *t)
{
        free(t->command);
        free(t->census);
        free(t->leaks);
        free(t->others);
}

/* "net:[4026532177] (cookie 4102) is orphaned: sleep (pid 411) holds it by its inet/udp socket, fd
 * 3" */
static void print_leak(FILE *f, const struct leak *leak)
{
        const struct netns *ns = leak->netns;
        uint64_t n = netns_holder_count(ns);
        char name[NETNS_NAME_MAX];

        fputs(netns_identity_format(&ns->id, name), f);
        if (ns->id.cookie)
                fprintf(f, " (cookie %" PRIu64 ")", ns->id.cookie);
        fprintf(f, " is %s%s", leaks_kind_to_string(leak->kind), ns->partial ? " (partial)" : "");
        if (ns->n_holders > 0) {
                fputs(", held by ", f);
                holder_text_print_process(f, &ns->holders[0]);
                fputs(" through ", f);
                holder_text_print(f, &ns->holders[0], HOLDER_TEXT_CLAUSE);
                if (n > 1)
                        fprintf(f, " and %" PRIu64 " more", n - 1);
        }
        fputc('\n', f);
}

/* All that count, or all others, a line each; then what there is to explain. */
static void print_leaks(FILE *f, const struct run_report *r, bool counting)
{
        for (size_t i = 0; i < r->leaks.n; i++)
                if (r->leaks.list[i].counts == counting)
                        print_leak(f, &r->leaks.list[i]);
        for (size_t i = 0; counting && i < r->n_explained; i++) {
                struct explain e = r->explained[i].explain;

                e.bold = e.folded = false;
                e.utf8 = true;
                fputc('\n', f);
                explain_print(f, &e);
        }
}

/* @print's output as a new string in *ret. 0 or -ENOMEM. */
static int print_to(char **ret, int (*print)(FILE *f, const struct run_report *r),
                    const struct run_report *r)
{
        struct text_buffer text;
        FILE *f = text_file_open(&text);

        if (!f)
                return -ENOMEM;
        int printed = print(f, r);
        *ret = text_file_close(f, &text, NULL);
        return printed < 0 || !*ret ? -ENOMEM : 0;
}

static int print_end(FILE *f, const struct run_report *r)
{
        const struct command_end *end = &r->outcome.end;

        if (r->errnum)
                fprintf(f, "It was not executed: %s", strerror(r->errnum));
        else if (end->signal)
                fprintf(f, "Signal %d ended it (%s)", end->signal, strsignal(end->signal));
        else
                fprintf(f, "It ended with exit status %d", end->status);
        return 0;
}

static int print_counting(FILE *f, const struct run_report *r)
{
        print_leaks(f, r, true);
        return 0;
}

static int print_others(FILE *f, const struct run_report *r)
{
        print_leaks(f, r, false);
        return 0;
}

static int texts_make(struct texts *t, const struct run_report *r)
{
        int ret = 0;

        if (r->errnum || run_status_of_command(&r->outcome.end) != 0)
                ret = print_to(&t->command, print_end, r);
        if (ret >= 0 && r->after && !run_report_is_complete(r))
                ret = print_to(&t->census, run_report_print_coverage, r);
        if (ret >= 0 && leaks_count(&r->leaks) > 0)
                ret = print_to(&t->leaks, print_counting, r);
        if (ret >= 0 && leaks_count(&r->leaks) < r->leaks.n)
                ret = print_to(&t->others, print_others, r);
        return ret;
}

static struct junit_case command_case(const struct run_report *r, const struct texts *t)
{
        struct junit_case c = {.name = "command", .usec = r->command_usec};

        if (!r->before) {
                c.result = JUNIT_SKIPPED;
                c.message = "There was no census before it";
        } else if (r->end_unknown) {
                c.result = JUNIT_ERROR;
                c.message = "How it ended is unknown";
        } else if (t->command) {
                c.result = r->errnum ? JUNIT_ERROR : JUNIT_FAILED;
                c.message = t->command;
        }
        return c;
}

static struct junit_case census_case(const struct run_report *r, const struct texts *t)
{
        struct junit_case c = {.name = "census", .usec = r->check_usec};

        if (r->errnum) {
                c.result = JUNIT_SKIPPED;
                c.message = "Nothing ran";
        } else if (!r->after) {
                c.result = JUNIT_ERROR;
                c.message = *r->failure.text ? r->failure.text : "No census was made";
        } else if (t->census) {
                c.result = r->strict ? JUNIT_FAILED : JUNIT_SKIPPED;
                c.message = "The view was partial";
                c.text = t->census;
        }
        return c;
}

/* @message: room for one. */
static struct junit_case leaks_case(const struct run_report *r, const struct texts *t,
                                    char message[static 128])
{
        size_t n = leaks_count(&r->leaks);
        struct junit_case c = {.name = "leaks", .output = t->others};

        if (!r->after) {
                c.result = JUNIT_SKIPPED;
                c.message = r->errnum ? "Nothing ran" : "There is no census to compare";
        } else if (n > 0) {
                (void)snprintf(message, 128, "%zu network namespace%s leaked", n,
                               n == 1 ? "" : "s");
                c.result = JUNIT_FAILED;
                c.message = message;
                c.text = t->leaks;
        }
        return c;
}

char *run_junit(const struct run_report *r)
{
        _cleanup_(texts_clear) struct texts t = {};
        const struct junit_property properties[] = {
                {"command", text_or(r->command, "")},
                {"census", !r->after                   ? "none"
                           : run_report_is_complete(r) ? "complete"
                                                       : "partial"},
        };
        struct text_buffer text;
        char message[128];

        if (texts_make(&t, r) < 0)
                return NULL;
        const struct junit_case cases[] = {command_case(r, &t), census_case(r, &t),
                                           leaks_case(r, &t, message)};
        FILE *f = text_file_open(&text);
        if (!f)
                return NULL;
        junit_write(f, &(struct junit_suite){"nsorphanctl.run", r->start_usec, properties,
                                             ARRAY_SIZE(properties), cases, ARRAY_SIZE(cases)});
        return text_file_close(f, &text, NULL);
}
