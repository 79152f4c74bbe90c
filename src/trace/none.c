/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* In place of the programs, where they were not built (-Dbpf=). */
#include "trace/births.h"

int births_new(struct births **ret, bool all, unsigned room, struct error *reason)
{
        return error_set(reason, EOPNOTSUPP, "this program was built without it");
}

struct births *births_free(struct births *b)
{
        return NULL;
}

void births_set(struct births *b, bool all)
{
}

int births_get(const struct births *b, uint64_t cookie, struct birth_record *ret)
{
        return -ENOENT;
}

void births_count(const struct births *b, struct birth_counts *ret)
{
        *ret = (struct birth_counts){};
}

void births_sweep(struct births *b)
{
}
