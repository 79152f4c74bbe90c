/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/process.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct process *process_new(pid_t pid, uid_t uid)
{
        struct process *p = calloc(1, sizeof(*p));

        if (p)
                *p = (struct process){.pid = pid, .uid = uid};
        return p;
}

struct process process_value(const struct process *p)
{
        struct process value = {};

        memcpy(&value, p, offsetof(struct process, n_more_owners));
        return value;
}

struct process *process_copy(const struct process *p)
{
        struct process *copy = calloc(1, sizeof(*copy));

        if (!copy)
                return NULL;
        *copy = process_value(p);
        copy->comm = p->comm ? strdup(p->comm) : NULL;
        copy->unit = p->unit ? strdup(p->unit) : NULL;
        if ((p->comm && !copy->comm) || (p->unit && !copy->unit))
                return process_unref(copy);
        return copy;
}

struct process *process_ref(struct process *p)
{
        if (p)
                (void)atomic_fetch_add(&p->n_more_owners, 1);
        return p;
}

struct process *process_unref(struct process *p)
{
        if (!p || atomic_fetch_sub(&p->n_more_owners, 1) > 0)
                return NULL;
        free(p->comm);
        free(p->unit);
        free(p);
        return NULL;
}
