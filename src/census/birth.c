/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/birth.h"

#include <stdlib.h>

struct birth *birth_new(void)
{
        return calloc(1, sizeof(struct birth));
}

struct birth *birth_ref(struct birth *b)
{
        if (b)
                b->n_more_owners++;
        return b;
}

struct birth *birth_unref(struct birth *b)
{
        if (!b)
                return NULL;
        if (b->n_more_owners > 0) {
                b->n_more_owners--;
                return NULL;
        }
        for (size_t i = 0; i < b->n_frames; i++) {
                free(b->frames[i].function);
                free(b->frames[i].file);
        }
        free(b->frames);
        free(b->comm);
        free(b->thread);
        free(b->unit);
        free(b);
        return NULL;
}
