/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/scan-compare.h"

#include <inttypes.h>
#include <stdio.h>

#include "census/compare-sentence.h"
#include "nsorphanctl/fail.h"
#include "nsorphanctl/json-print.h"
#include "nsorphanctl/netns-target.h"
#include "nsorphanctl/pager.h"
#include "nsorphanctl/table.h"
#include "nsorphanctl/verb.h"
#include "report/json.h"

/* BPF first: it takes milliseconds, and what the walk finds that began meanwhile is known as
 * younger. */
static int look(const struct options *options, struct census **bpf, struct census **procfs,
                struct comparison **ret, struct error *error)
{
        *bpf = census_free(*bpf);
        *procfs = census_free(*procfs);
        int r = netns_target_census(options, SCAN_SOURCE_BPF, false, bpf, error);
        if (r >= 0)
                r = netns_target_census(options, SCAN_SOURCE_PROCFS, false, procfs, error);
        if (r >= 0) {
                r = compare_censuses(*bpf, *procfs, ret);
                if (r < 0)
                        (void)error_oom(error);
        }
        return r;
}

int scan_compare_look(const struct options *options, struct census **ret_bpf,
                      struct census **ret_procfs, struct comparison **ret, struct error *error)
{
        _cleanup_(compare_freep) struct comparison *found = NULL;

        int r = look(options, ret_bpf, ret_procfs, &found, error);
        for (unsigned i = 1; i < COMPARE_LOOKS_MAX && r >= 0 && found->n > 0; i++) {
                _cleanup_(compare_freep) struct comparison *earlier = TAKE_PTR(found);
                r = look(options, ret_bpf, ret_procfs, &found, error);
                if (r >= 0)
                        compare_keep(found, earlier);
        }
        if (r >= 0)
                *ret = TAKE_PTR(found);
        return r;
}

static int print_table(const struct comparison *c, const struct options *options)
{
        _cleanup_(table_unrefp) struct libscols_table *table = NULL;

        if (table_new(&table, false, options) < 0 ||
            !scols_table_new_column(table, "NETNS", 0, 0) ||
            !scols_table_new_column(table, "DISAGREEMENT", 0, 0) ||
            !scols_table_new_column(table, "WHAT", 0, 0))
                return -ENOMEM;
        for (size_t i = 0; i < c->n; i++) {
                const struct disagreement *d = &c->list[i];
                struct libscols_line *line = scols_table_new_line(table, NULL);
                char name[NETNS_NAME_MAX], sentence[COMPARE_SENTENCE_MAX];
                if (!line ||
                    scols_line_set_data(line, 0, netns_identity_format(&d->id, name)) < 0 ||
                    scols_line_set_data(line, 1, compare_kind_to_string(d->kind)) < 0 ||
                    scols_line_set_data(line, 2, compare_sentence(d, sentence)) < 0)
                        return -ENOMEM;
        }
        return table_print(table, options);
}

static int print_comparison(const struct comparison *c, const struct options *options)
{
        if (options->json != JSON_OFF) {
                json_auto_t *json = json_comparison(c);
                return json_print(json, options->json);
        }
        pager_open(options->pager);
        if (c->n > 0 && print_table(c, options) < 0)
                return fail_because(-ENOMEM, &(struct error){});
        if (!options->no_legend)
                printf("Compared %" PRIu64 " network namespaces by BPF and by procfs: "
                       "%zu disagreements, and %" PRIu64 " differences that are explained.\n",
                       c->compared, c->n, c->explained);
        return EXIT_SUCCESS;
}

int scan_compare(const struct options *options)
{
        _cleanup_(census_freep) struct census *bpf = NULL, *procfs = NULL;
        _cleanup_(compare_freep) struct comparison *c = NULL;
        struct error error = {};

        int r = scan_compare_look(options, &bpf, &procfs, &c, &error);
        if (r < 0)
                return fail_because(r, &error);
        r = print_comparison(c, options);
        if (r == EXIT_SUCCESS && c->n > 0)
                return fail_with(EXIT_FAILURE, "BPF and procfs disagree, and nothing explains it");
        return r;
}
