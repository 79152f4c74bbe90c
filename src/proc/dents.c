/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "proc/dents.h"

#include <dirent.h>
#include <limits.h>

#include "util/macro.h"

/* A process, a thread, an fd: all of them are ints. */
#define NUMBER_MAX ((uint64_t)INT_MAX)

int dents_next(struct dents *d, uint64_t *ret_number, const char **ret_name)
{
        for (;;) {
                if (dents_is_drained(d)) {
                        ssize_t n = getdents64(d->dir_fd, (void *)d->buffer, d->size);
                        if (n <= 0)
                                return n < 0 ? negative_errno() : 0;
                        d->filled = (size_t)n;
                        d->position = 0;
                }
                const struct dirent64 *entry = (const void *)(d->buffer + d->position);
                d->position += entry->d_reclen;
                d->before = d->after;
                d->after = entry->d_off;

                uint64_t number = 0;
                const char *p = entry->d_name;
                while (*p >= '0' && *p <= '9' && number <= NUMBER_MAX / 10)
                        number = number * 10 + (uint64_t)(*p++ - '0');
                if (*p || p == entry->d_name || number > NUMBER_MAX)
                        continue;
                *ret_number = number;
                *ret_name = entry->d_name;
                return 1;
        }
}

int dents_seek(struct dents *d, int64_t before)
{
        d->position = d->filled = 0;
        d->before = d->after = before;
        return lseek(d->dir_fd, before, SEEK_SET) < 0 ? negative_errno() : 0;
}
