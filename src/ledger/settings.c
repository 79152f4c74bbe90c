/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger/settings.h"

#include <stdlib.h>
#include <string.h>

static char **strings_free(char **strings)
{
        for (size_t i = 0; strings && strings[i]; i++)
                free(strings[i]);
        free(strings);
        return NULL;
}

static int strings_copy(char ***ret, char *const *from)
{
        size_t n = 0;
        char **copy;

        *ret = NULL;
        if (!from)
                return 0;
        while (from[n])
                n++;
        copy = calloc(n + 1, sizeof(*copy));
        if (!copy)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++) {
                copy[i] = strdup(from[i]);
                if (!copy[i]) {
                        strings_free(copy);
                        return -ENOMEM;
                }
        }
        *ret = copy;
        return 0;
}

static int executables_copy(struct ledger_settings *ret, const struct ledger_settings *from)
{
        size_t n = from->n_ignore_executables;
        struct file_id *copy;

        if (n == 0)
                return 0;
        copy = calloc(n, sizeof(*copy));
        if (!copy)
                return -ENOMEM;
        memcpy(copy, from->ignore_executables, n * sizeof(*copy));
        ret->ignore_executables = copy;
        ret->n_ignore_executables = n;
        return 0;
}

int ledger_settings_copy(struct ledger_settings *ret, const struct ledger_settings *from)
{
        *ret = *from;
        ret->ignore_units = ret->ignore_netns = NULL;
        ret->ignore_executables = NULL;
        ret->n_ignore_executables = 0;
        if (strings_copy(&ret->ignore_units, from->ignore_units) < 0 ||
            strings_copy(&ret->ignore_netns, from->ignore_netns) < 0 ||
            executables_copy(ret, from) < 0) {
                ledger_settings_deinit(ret);
                return -ENOMEM;
        }
        return 0;
}

void ledger_settings_deinit(struct ledger_settings *s)
{
        strings_free(s->ignore_units);
        strings_free(s->ignore_netns);
        free((struct file_id *)s->ignore_executables);
        *s = (struct ledger_settings){};
}
