/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/run-report.h"

#include <string.h>

#include "nsorphanctl/color.h"
#include "nsorphanctl/explain.h"
#include "nsorphanctl/fold.h"
#include "nsorphanctl/netns-table.h"
#include "report/json.h"
#include "util/text.h"

void run_report_deinit(struct run_report *r)
{
        for (size_t i = 0; i < r->n_explained; i++)
                explained_deinit(&r->explained[i]);
        leaks_deinit(&r->leaks);
        r->before = census_free(r->before);
        r->after = census_free(r->after);
        free(r->command);
        *r = (struct run_report){};
}

bool run_report_is_complete(const struct run_report *r)
{
        return r->before && r->after && r->before->coverage.complete && r->after->coverage.complete;
}

/* In sentences. */

static const char *plural(size_t n)
{
        return n == 1 ? "" : "s";
}

static int print_table(const struct leaks *l, bool counting, const struct options *options)
{
        static const enum netns_column columns[] = {COLUMN_NETNS,   COLUMN_COOKIE,  COLUMN_VERDICT,
                                                    COLUMN_HOLDERS, COLUMN_PID,     COLUMN_COMMAND,
                                                    COLUMN_UNIT,    COLUMN_THROUGH, _COLUMN_MAX};
        _cleanup_(view_list_clear) struct view_list list = {};

        for (size_t i = 0; i < l->n; i++) {
                if (l->list[i].counts != counting)
                        continue;
                struct view_netns *view = view_list_add(&list);
                if (!view || view_netns_from_census(view, l->list[i].netns) < 0)
                        return -ENOMEM;
        }
        return netns_table_print(&list, columns, color_wanted(), options);
}

static int print_counting(const struct run_report *r, size_t n, const struct options *options)
{
        const char *command = text_or(r->command, "");

        if (n == 0) {
                if (!options->no_legend && r->only_own)
                        printf("No network namespace leaked that a descendant of \"%s\" holds.\n",
                               command);
                else if (!options->no_legend)
                        printf("No network namespace leaked while \"%s\" ran.\n", command);
                return 0;
        }
        if (!options->no_legend && r->only_own)
                printf("%zu network namespace%s that descendants of \"%s\" hold leaked:\n", n,
                       plural(n), command);
        else if (!options->no_legend)
                printf("%zu network namespace%s leaked while \"%s\" ran:\n", n, plural(n), command);
        return print_table(&r->leaks, true, options);
}

static int print_others(const struct run_report *r, size_t n, const struct options *options)
{
        if (n == 0)
                return 0;
        if (!options->no_legend)
                printf("\n%zu other%s that no descendant of \"%s\" holds leaked meanwhile, and "
                       "%s not count:\n",
                       n, plural(n), text_or(r->command, ""), n == 1 ? "does" : "do");
        return print_table(&r->leaks, false, options);
}

static void print_earlier_use(const struct leak *leak)
{
        char name[NETNS_NAME_MAX];

        if (leak->before)
                printf("%s was there before: it was %s.\n",
                       netns_identity_format(&leak->netns->id, name),
                       leak->before->verdict == VERDICT_ATTACHED ? "attached, a process was in it"
                                                                 : "pinned, and had a name");
}

static bool has_reason(char *const *reasons, size_t n, const char *reason)
{
        for (size_t i = 0; i < n; i++)
                if (strcmp(reasons[i], reason) == 0)
                        return true;
        return false;
}

int run_report_print_coverage(FILE *f, const struct run_report *r)
{
        _cleanup_(view_coverage_clear) struct view_coverage before = {}, after = {};

        if (!r->before || !r->after || view_coverage_from_census(&before, r->before) < 0 ||
            view_coverage_from_census(&after, r->after) < 0)
                return -ENOMEM;
        for (size_t i = 0; i < after.reasons.n; i++)
                fprintf(f, "The view was partial: %s.\n", after.reasons.list[i]);
        for (size_t i = 0; i < before.reasons.n; i++)
                if (!has_reason(after.reasons.list, after.reasons.n, before.reasons.list[i]))
                        fprintf(f, "The view before was partial: %s.\n", before.reasons.list[i]);
        return 0;
}

static void print_explanations(struct run_report *r, size_t n_counting, bool folded)
{
        for (size_t i = 0; i < r->n_explained; i++) {
                r->explained[i].explain.folded = folded;
                putchar('\n');
                explain_print(stdout, &r->explained[i].explain);
        }
        if (n_counting > r->n_explained)
                printf("\nThe other %zu are not explained here: see nsorphanctl explain.\n",
                       n_counting - r->n_explained);
}

int run_report_print(struct run_report *r, const struct options *options)
{
        size_t n = leaks_count(&r->leaks);

        if (!r->after)
                return 0;
        bool folded = fold_start(options->columns);
        int ret = print_counting(r, n, options);
        if (ret >= 0)
                ret = print_others(r, r->leaks.n - n, options);
        if (ret < 0)
                return ret;
        for (size_t i = 0; i < r->leaks.n; i++)
                print_earlier_use(&r->leaks.list[i]);
        if (r->leaks.unsettled > 0)
                printf("%zu more came or went at the very end, and %s not count.\n",
                       r->leaks.unsettled, r->leaks.unsettled == 1 ? "does" : "do");
        print_explanations(r, n, folded);
        if (run_report_is_complete(r))
                return 0;
        if (n > 0)
                putchar('\n');
        return run_report_print_coverage(stdout, r);
}

/* As JSON. */

static json_t *leak_json(const struct leak *leak, const struct explained *explained)
{
        json_auto_t *o = explained ? explained_json(explained) : json_netns(leak->netns);

        if (!o || json_put_string(o, "leak", leaks_kind_to_string(leak->kind)) < 0 ||
            json_put(o, "own", json_boolean(leak->own)) < 0 ||
            json_put(o, "counts", json_boolean(leak->counts)) < 0 ||
            json_put_string(o, "verdictBefore",
                            leak->before ? netns_verdict_to_string(leak->before->verdict) : NULL) <
                    0)
                return NULL;
        return TAKE_PTR(o);
}

static json_t *leaks_json(const struct run_report *r)
{
        json_auto_t *array = json_array();

        for (size_t i = 0; array && i < r->leaks.n; i++)
                if (json_array_append_new(
                            array, leak_json(&r->leaks.list[i],
                                             i < r->n_explained ? &r->explained[i] : NULL)) < 0)
                        return NULL;
        return TAKE_PTR(array);
}

static json_t *view_json(const struct census *c)
{
        json_auto_t *o = json_object();

        if (!o || json_put(o, "scan", json_scan(c)) < 0 ||
            json_put(o, "coverage", json_coverage(c)) < 0)
                return NULL;
        return TAKE_PTR(o);
}

/* What is known of the command's end. 0 or -ENOMEM. */
static int put_end(json_t *o, const struct run_report *r)
{
        const struct command_end *end = &r->outcome.end;

        if (!r->before || r->end_unknown)
                return 0;
        if (r->errnum)
                return json_put_string(o, "commandError", strerror(r->errnum));
        return end->signal ? json_put(o, "commandSignal", json_integer(end->signal))
                           : json_put(o, "commandStatus", json_integer(end->status));
}

/* What came out of the check. 0 or -ENOMEM. */
static int put_check(json_t *o, const struct run_report *r)
{
        if (json_put_string(o, "error", *r->failure.text ? r->failure.text : NULL) < 0 ||
            (r->before && json_put(o, "before", view_json(r->before)) < 0))
                return -ENOMEM;
        if (!r->after)
                return 0;
        if (json_put(o, "after", view_json(r->after)) < 0 ||
            json_put(o, "complete", json_boolean(run_report_is_complete(r))) < 0 ||
            json_put(o, "leaked", json_integer((json_int_t)leaks_count(&r->leaks))) < 0 ||
            json_put(o, "unsettled", json_integer((json_int_t)r->leaks.unsettled)) < 0 ||
            json_put(o, "leaks", leaks_json(r)) < 0)
                return -ENOMEM;
        return 0;
}

json_t *run_report_json(const struct run_report *r)
{
        json_auto_t *o = json_object();

        if (!o || json_put(o, "version", json_integer(RUN_REPORT_JSON_VERSION)) < 0 ||
            json_put(o, "host", json_host()) < 0 || json_put_string(o, "command", r->command) < 0 ||
            put_end(o, r) < 0 ||
            json_put(o, "exitStatus", json_integer(run_status(&r->outcome))) < 0 ||
            json_put(o, "settleUSec", json_integer((json_int_t)r->settle_usec)) < 0 ||
            json_put(o, "onlyOwn", json_boolean(r->only_own)) < 0 || put_check(o, r) < 0)
                return NULL;
        return TAKE_PTR(o);
}
