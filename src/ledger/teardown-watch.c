/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger/teardown-watch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "util/text.h"

void teardown_watch_deinit(struct teardown_watch *w)
{
        free(w->items);
        *w = (struct teardown_watch){};
}

static int compare_cookies(const void *a, const void *b)
{
        const struct teardown *x = a, *y = b;

        return (x->id.cookie > y->id.cookie) - (x->id.cookie < y->id.cookie);
}

static struct teardown *find(const struct teardown_watch *w, uint64_t cookie)
{
        struct teardown key = {.id.cookie = cookie};

        return w->n == 0 ? NULL : bsearch(&key, w->items, w->n, sizeof(*w->items), compare_cookies);
}

static void note_stuck(struct teardown_watch *w, uint64_t now_usec)
{
        for (size_t i = 0; i < w->n; i++) {
                const struct teardown *t = &w->items[i];
                if (now_usec - t->since_boot_usec <= TEARDOWN_STUCK_USEC)
                        continue;
                w->n_stuck++;
                if (!w->oldest || t->since_boot_usec < w->oldest->since_boot_usec)
                        w->oldest = t;
        }
}

/* A cookie is never used again, so what has it is the same namespace. */
static int make(const struct teardown_watch *before, const struct census *census, uint64_t now_usec,
                struct teardown_watch *ret)
{
        struct teardown_watch w = {
                .n = census->n_dying, .known = census_is_by_bpf(census), .told = before->told};

        w.items = calloc(w.n + 1, sizeof(*w.items));
        if (!w.items)
                return -ENOMEM;
        for (size_t i = 0; i < w.n; i++) {
                const struct teardown *known = find(before, census->dying[i].cookie);
                w.items[i] = (struct teardown){census->dying[i],
                                               known ? known->since_boot_usec : now_usec};
        }
        if (w.n > 1)
                qsort(w.items, w.n, sizeof(*w.items), compare_cookies);
        note_stuck(&w, now_usec);
        *ret = w;
        return 0;
}

int teardown_watch_update(struct teardown_watch *w, const struct census *census, uint64_t now_usec,
                          char **ret_detail)
{
        char age[TEXT_TIMESPAN_MAX];
        struct teardown_watch new;

        *ret_detail = NULL;
        int r = make(w, census, now_usec, &new);
        if (r < 0)
                return r;
        bool is_news = new.n_stuck > 0 && !new.told;
        if (is_news &&
            asprintf(ret_detail,
                     "%zu network namespace%s that nothing refers to any more, cookie:%" PRIu64
                     " for %s",
                     new.n_stuck, new.n_stuck == 1 ? "" : "s", new.oldest->id.cookie,
                     text_format_timespan(age, now_usec - new.oldest->since_boot_usec)) < 0) {
                teardown_watch_deinit(&new);
                return -ENOMEM;
        }
        new.told = new.n_stuck > 0;
        teardown_watch_deinit(w);
        *w = new;
        return is_news;
}
