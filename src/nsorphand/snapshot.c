/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphand/snapshot.h"

#include <stdlib.h>

struct snapshot *snapshot_new(struct census *census)
{
        struct snapshot *s = malloc(sizeof(*s));

        if (s)
                *s = (struct snapshot){1, census};
        else
                census_free(census);
        return s;
}

struct snapshot *snapshot_ref(struct snapshot *s)
{
        s->n_references++;
        return s;
}

struct snapshot *snapshot_unref(struct snapshot *s)
{
        if (s && --s->n_references == 0) {
                census_free(s->census);
                free(s);
        }
        return NULL;
}
