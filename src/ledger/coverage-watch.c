/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger/coverage-watch.h"

#include <stdio.h>

int coverage_watch_text(const struct coverage *c, unsigned gaps, char **ret)
{
        _cleanup_free_ char *text = NULL;

        for (enum coverage_gap gap = 0; gap < _COVERAGE_GAP_MAX; gap++) {
                _cleanup_free_ char *one = NULL;
                char *joined;

                if (!(gaps & 1U << gap))
                        continue;
                if (coverage_gap_text(c, gap, &one) < 0)
                        return -ENOMEM;
                if (!one)
                        continue;
                if (asprintf(&joined, "%s%s%s", text ? text : "", text ? "; " : "", one) < 0)
                        return -ENOMEM;
                free(text);
                text = joined;
        }
        *ret = TAKE_PTR(text);
        return 0;
}

int coverage_watch_words(unsigned gaps, char **ret)
{
        _cleanup_free_ char *words = NULL;

        for (enum coverage_gap gap = 0; gap < _COVERAGE_GAP_MAX; gap++) {
                char *joined;

                if (!(gaps & 1U << gap))
                        continue;
                if (asprintf(&joined, "%s%s%s", words ? words : "", words ? " " : "",
                             coverage_gap_to_string(gap)) < 0)
                        return -ENOMEM;
                free(words);
                words = joined;
        }
        *ret = TAKE_PTR(words);
        return 0;
}

int coverage_watch_update(struct coverage_watch *w, const struct coverage *c, char **ret_detail,
                          unsigned *ret_gaps)
{
        unsigned now = 0;

        *ret_detail = NULL;
        *ret_gaps = 0;
        for (enum coverage_gap gap = 0; gap < _COVERAGE_GAP_MAX; gap++)
                if (c->gaps[gap].count > 0)
                        now |= 1U << gap;
        if (now & ~w->told) {
                int r = coverage_watch_text(c, now & ~w->told, ret_detail);
                if (r < 0)
                        return r;
                *ret_gaps = now & ~w->told;
                w->told |= now;
                w->clean = 0;
                return COVERAGE_DEGRADED;
        }
        if (now != 0) {
                w->clean = 0;
                return COVERAGE_SAME;
        }
        if (w->told == 0 || ++w->clean < COVERAGE_WATCH_CLEAN)
                return COVERAGE_SAME;
        *ret_gaps = w->told;
        *w = (struct coverage_watch){};
        return COVERAGE_RESTORED;
}
