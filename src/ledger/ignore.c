/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger/ignore.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static bool any_glob_matches(char *const *globs, const char *s)
{
        if (!globs || !s)
                return false;
        for (; *globs; globs++)
                /* A backslash in a name is one that the escaping put there: it is no magic. */
                if (fnmatch(*globs, s, FNM_NOESCAPE) == 0)
                        return true;
        return false;
}

/* fnmatch() would read "net:[402]" as a set of characters, so that spelling is compared first. */
static bool netns_rule_matches(char *const *globs, const struct netns_identity *id)
{
        char inode[32], cookie[32], name[NETNS_NAME_MAX];

        if (!globs)
                return false;
        netns_identity_format(id, name);
        for (size_t i = 0; globs[i]; i++)
                if (strcmp(globs[i], name) == 0)
                        return true;
        (void)snprintf(inode, sizeof(inode), "%" PRIu64, id->inode);
        (void)snprintf(cookie, sizeof(cookie), "cookie:%" PRIu64, id->cookie);
        return (id->inode && any_glob_matches(globs, inode)) ||
               (id->cookie && any_glob_matches(globs, cookie));
}

static bool runs_any(const struct ledger_settings *settings, const struct holder *h)
{
        for (size_t i = 0; h->process && i < settings->n_ignore_executables; i++)
                if (file_id_equal(&settings->ignore_executables[i], &h->process->executable))
                        return true;
        return false;
}

bool ignore_matches(const struct ledger_settings *settings, const struct netns_identity *id,
                    const struct holder *holders, size_t n_holders)
{
        if (netns_rule_matches(settings->ignore_netns, id))
                return true;
        for (size_t i = 0; i < n_holders; i++)
                if (!any_glob_matches(settings->ignore_units, holder_unit(&holders[i])) &&
                    !runs_any(settings, &holders[i]))
                        return false;
        return n_holders > 0;
}
