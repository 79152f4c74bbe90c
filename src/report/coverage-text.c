/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report/coverage-text.h"

#include <inttypes.h>
#include <stdio.h>

#include "util/array.h"

/* Takes @text. */
static int add(char ***reasons, size_t *n, char *text)
{
        char **grown = (char **)array_grow(*reasons, *n, sizeof(*grown));

        if (!grown) {
                free(text);
                return -ENOMEM;
        }
        *reasons = grown;
        grown[(*n)++] = text;
        return 0;
}

static int add_share(char ***reasons, size_t *n, const struct census_share *s,
                     enum coverage_gap gap)
{
        uint64_t count = gap == GAP_HOLDER_UNRESOLVED ? s->unlisted : s->cut;
        char *text;

        if (count == 0)
                return 0;
        if (asprintf(&text,
                     gap == GAP_HOLDER_UNRESOLVED
                             ? "%" PRIu64 " more such holders are charged to %s and not listed"
                             : "%" PRIu64 " of these processes are charged to %s",
                     count, s->name) < 0)
                return -ENOMEM;
        return add(reasons, n, text);
}

int coverage_text_reasons(const struct census *census, char ***ret, size_t *ret_n)
{
        char **reasons = NULL;
        size_t n = 0;
        int r = 0;

        for (enum coverage_gap g = 0; r >= 0 && g < _COVERAGE_GAP_MAX; g++) {
                char *text;
                r = coverage_gap_text(&census->coverage, g, &text);
                if (r >= 0 && text)
                        r = add(&reasons, &n, text);
                if (g != GAP_HOLDER_UNRESOLVED && g != GAP_TOO_MANY_FILES)
                        continue;
                for (size_t i = 0; r >= 0 && i < census->n_shares; i++)
                        r = add_share(&reasons, &n, &census->shares[i], g);
        }
        if (r < 0) {
                coverage_text_free(reasons, n);
                return r;
        }
        *ret = reasons;
        *ret_n = n;
        return 0;
}

void coverage_text_free(char **reasons, size_t n)
{
        for (size_t i = 0; i < n; i++)
                free(reasons[i]);
        free(reasons);
}
