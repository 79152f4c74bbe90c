/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphand/ignored.h"

#include <fcntl.h>
#include <string.h>

#include "util/log.h"

/* Why the file at @path cannot be a rule; NULL when it can. */
static const char *refusal(const char *path, struct file_id *ret)
{
        bool is_roots;

        *ret = (struct file_id){};
        if (file_id_of_roots(AT_FDCWD, path, ret, &is_roots) < 0)
                return "there is no such file";
        if (is_roots)
                return NULL;
        *ret = (struct file_id){};
        return "it is not a regular file of root's that nobody else may write to";
}

int ignored_refresh(struct ignored *ignored, char *const *paths, bool again)
{
        struct ignored now = {};
        int changed;

        for (; paths && paths[now.n]; now.n++)
                ;
        now.ids = calloc(now.n + 1, sizeof(*now.ids));
        if (!now.ids)
                return -ENOMEM;
        for (size_t i = 0; i < now.n; i++) {
                const char *why = refusal(paths[i], &now.ids[i]);
                bool was = i < ignored->n && ignored->ids[i].inode != 0;
                if (why && (was || !again))
                        log_warning("Executable=%s ignores nothing: %s", paths[i], why);
        }
        changed = now.n != ignored->n ||
                  (now.n > 0 && memcmp(now.ids, ignored->ids, now.n * sizeof(*now.ids)) != 0);
        free(ignored->ids);
        *ignored = now;
        return changed;
}

void ignored_deinit(struct ignored *ignored)
{
        free(ignored->ids);
        *ignored = (struct ignored){};
}
