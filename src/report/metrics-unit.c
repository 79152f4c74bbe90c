/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report/metrics-unit.h"

#include <string.h>

#include "util/unit-name.h"

struct unit_count {
        const char *unit; /* the ledger's; NULL: none */
        uint64_t n;
};

/* Of the first holder, if it has one by systemd's rule. */
static const char *unit_of(const struct ledger_entry *e)
{
        const char *unit = e->n_holders > 0 ? holder_unit(&e->holders[0]) : NULL;

        return unit && unit_name_is_valid(unit) ? unit : NULL;
}

static int by_name(const void *a, const void *b)
{
        const struct unit_count *x = a, *y = b;

        if (!x->unit || !y->unit)
                return (!x->unit) - (!y->unit);
        return strcmp(x->unit, y->unit);
}

static int by_count(const void *a, const void *b)
{
        const struct unit_count *x = a, *y = b;

        if (!x->unit || !y->unit)
                return (!x->unit) - (!y->unit);
        return x->n != y->n ? (x->n < y->n) - (x->n > y->n) : strcmp(x->unit, y->unit);
}

/* Makes one of those that have the same unit, in order of names. Returns how many are left. */
static size_t merge(struct unit_count *units, size_t n)
{
        size_t kept = 0;

        qsort(units, n, sizeof(*units), by_name);
        for (size_t i = 0; i < n; i++) {
                if (kept > 0 && by_name(&units[kept - 1], &units[i]) == 0)
                        units[kept - 1].n += units[i].n;
                else
                        units[kept++] = units[i];
        }
        return kept;
}

/* The leaks, each a unit of its own at first. */
static size_t list_leaks(const struct ledger *l, struct unit_count *units)
{
        size_t n = 0;

        for (size_t i = 0; i < ledger_count(l); i++) {
                const struct ledger_entry *e = ledger_get(l, i);
                if (e->state == LEDGER_LEAKED)
                        units[n++] = (struct unit_count){unit_of(e), 1};
        }
        return n;
}

int metrics_unit_collect(const struct metric_family *family, const struct metrics_source *source,
                         struct metric_sink *sink)
{
        _cleanup_free_ struct unit_count *units =
                calloc(ledger_count(source->ledger) + 1, sizeof(*units));
        uint64_t other = 0;
        int r = 0;

        if (!units)
                return -ENOMEM;
        size_t n = merge(units, list_leaks(source->ledger, units));
        qsort(units, n, sizeof(*units), by_count);
        for (size_t i = 0; i < n; i++)
                if (i >= METRICS_UNITS_MAX || !units[i].unit)
                        other += units[i].n;
        size_t listed = MIN(n, (size_t)METRICS_UNITS_MAX);
        qsort(units, listed, sizeof(*units), by_name);
        for (size_t i = 0; r >= 0 && i < listed && units[i].unit; i++)
                r = sink->take(sink, family, units[i].unit, units[i].n);
        return r < 0 || other == 0 ? r : sink->take(sink, family, "other", other);
}
