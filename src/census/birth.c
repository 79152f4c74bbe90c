/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/birth.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/string-table.h"

static const char *const trace_names[_BIRTH_TRACE_MAX] = {
#define X(symbol, word) [BIRTH_TRACE_##symbol] = word,
        BIRTH_TRACES(X)
#undef X
};

const char *birth_trace_to_string(enum birth_trace trace)
{
        return trace < _BIRTH_TRACE_MAX ? trace_names[trace] : NULL;
}

int birth_trace_from_string(const char *s)
{
        return string_table_find(trace_names, _BIRTH_TRACE_MAX, s);
}

struct birth *birth_new(void)
{
        return calloc(1, sizeof(struct birth));
}

uint64_t birth_start_ticks(const struct birth *b)
{
        return b->start_nsec / (NSEC_PER_SEC / (uint64_t)sysconf(_SC_CLK_TCK));
}

static bool same_text(const char *a, const char *b)
{
        return a && b ? strcmp(a, b) == 0 : a == b;
}

bool birth_same_place(const struct birth *a, const struct birth *b)
{
        if (a->pid != b->pid || birth_start_ticks(a) != birth_start_ticks(b) ||
            a->accepted != b->accepted || a->n_frames != b->n_frames || a->uid != b->uid ||
            !same_text(a->comm, b->comm) || !same_text(a->thread, b->thread) ||
            !same_text(a->unit, b->unit))
                return false;
        for (size_t i = 0; i < a->n_frames; i++)
                if (a->frames[i].offset != b->frames[i].offset ||
                    !same_text(a->frames[i].function, b->frames[i].function) ||
                    !same_text(a->frames[i].file, b->frames[i].file) ||
                    strcmp(a->frames[i].build_id, b->frames[i].build_id) != 0)
                        return false;
        return true;
}

void birth_drop_frames(struct birth *b)
{
        for (size_t i = 0; i < b->n_frames; i++) {
                free(b->frames[i].function);
                free(b->frames[i].file);
        }
        free(b->frames);
        b->frames = NULL;
        b->n_frames = 0;
}

int birth_copy_frame(struct birth_frame *ret, const struct birth_frame *f)
{
        *ret = *f;
        ret->function = f->function ? strdup(f->function) : NULL;
        ret->file = f->file ? strdup(f->file) : NULL;
        return (f->function && !ret->function) || (f->file && !ret->file) ? -ENOMEM : 0;
}

struct birth *birth_ref(struct birth *b)
{
        if (b)
                (void)atomic_fetch_add(&b->n_more_owners, 1);
        return b;
}

struct birth *birth_unref(struct birth *b)
{
        if (!b || atomic_fetch_sub(&b->n_more_owners, 1) > 0)
                return NULL;
        birth_drop_frames(b);
        free(b->comm);
        free(b->thread);
        free(b->unit);
        free(b);
        return NULL;
}
