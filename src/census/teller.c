/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/teller.h"

struct teller *teller_ref(struct teller *t)
{
        if (t)
                (void)atomic_fetch_add(&t->n_more_owners, 1);
        return t;
}

struct teller *teller_unref(struct teller *t)
{
        if (t && atomic_fetch_sub(&t->n_more_owners, 1) == 0)
                t->free(t);
        return NULL;
}
