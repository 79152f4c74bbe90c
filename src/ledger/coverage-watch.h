/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* When to tell that the view of the host got worse, and when that it is whole again: once each,
 * also where a gap comes and goes with every scan. */

#include "census/census.h"

/* How many censuses in a row without any gap end it. */
#define COVERAGE_WATCH_CLEAN 3

struct coverage_watch {
        unsigned told;  /* bits 1 << enum coverage_gap: gaps told of since it was whole */
        unsigned clean; /* censuses without a gap in a row, while something is told */
};

enum coverage_news {
        COVERAGE_SAME,
        COVERAGE_DEGRADED, /* a kind of gap that was not told of */
        COVERAGE_RESTORED,
};

/* Returns enum coverage_news, with a sentence about the new gaps in *ret_detail (NULL unless
 * DEGRADED), or -ENOMEM with nothing changed. *ret_gaps: bits of the gaps that are new, or are
 * there no more. */
int coverage_watch_update(struct coverage_watch *w, const struct coverage *c, char **ret_detail,
                          unsigned *ret_gaps);

/* The words of the gaps whose bit is in @gaps, with blanks between; NULL in *ret for none. 0 or
 * -ENOMEM. */
int coverage_watch_words(unsigned gaps, char **ret);

/* The sentences about all the gaps of @c whose bit is in @gaps, joined by "; ", NULL in *ret when
 * there is none. 0 or -ENOMEM. */
int coverage_watch_text(const struct coverage *c, unsigned gaps, char **ret);
