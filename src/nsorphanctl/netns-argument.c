/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/netns-argument.h"

#include <limits.h>
#include <string.h>

#include "util/text.h"

/* The number in @s between @prefix and @suffix, if it is of that form and not 0. */
static bool parse_form(const char *s, const char *prefix, const char *suffix, uint64_t *ret)
{
        char digits[24];
        size_t length = strlen(s), before = strlen(prefix), after = strlen(suffix);

        if (length <= before + after || length - before - after >= sizeof(digits) ||
            strncmp(s, prefix, before) != 0 || strcmp(s + length - after, suffix) != 0)
                return false;
        memcpy(digits, s + before, length - before - after);
        digits[length - before - after] = '\0';
        return text_parse_u64(digits, ret) >= 0 && *ret > 0;
}

/* "411/8775" between @prefix and @suffix: a process, and the number of its file. */
static bool parse_nameless(const char *s, const char *prefix, const char *suffix,
                           struct nameless *ret)
{
        const char *slash = strchr(s, '/');
        char form[32];
        uint64_t pid;

        if (!slash || strlen(prefix) + 1 >= sizeof(form) || (size_t)(slash - s) >= sizeof(form))
                return false;
        memcpy(form, s, (size_t)(slash - s));
        form[slash - s] = '\0';
        if (!parse_form(form, prefix, "", &pid) || pid > INT_MAX ||
            !parse_form(slash, "/", suffix, &ret->file_inode))
                return false;
        ret->pid = (pid_t)pid;
        return true;
}

int netns_argument_parse(const char *s, struct netns_identity *ret, struct error *error)
{
        struct netns_identity id = {};

        if (!parse_form(s, "", "", &id.inode) && !parse_form(s, "net:[", "]", &id.inode) &&
            !parse_form(s, "cookie:", "", &id.cookie) &&
            !parse_nameless(s, "net:[?", "]", &id.nameless) &&
            !parse_nameless(s, "nameless:", "", &id.nameless)) {
                _cleanup_free_ char *shown = text_escape_string(s);
                return error_set(error, EINVAL,
                                 "\"%.100s\" names no network namespace: it must be an inode "
                                 "number, net:[NUMBER], cookie:NUMBER, or nameless:PID/FILE as "
                                 "in net:[?PID/FILE]",
                                 text_or(shown, ""));
        }
        *ret = id;
        return 0;
}

/* The same, or one that this very holder holds: what was nameless to a walk over /proc has a number
 * where the kernel is asked by BPF. */
static bool is_held_by(const struct netns *ns, const struct nameless *n)
{
        for (size_t i = 0; i < ns->n_holders; i++) {
                const struct holder *h = &ns->holders[i];
                if (h->pid == n->pid &&
                    (h->socket_inode == n->file_inode || h->file_inode == n->file_inode))
                        return true;
        }
        return ns->id.nameless.pid == n->pid && ns->id.nameless.file_inode == n->file_inode;
}

static bool is_named(const struct netns *ns, const struct netns_identity *wanted)
{
        if (wanted->nameless.file_inode)
                return is_held_by(ns, &wanted->nameless);
        return wanted->cookie ? ns->id.cookie == wanted->cookie : ns->id.inode == wanted->inode;
}

int netns_argument_find(const char *s, const struct census *census, const struct netns **ret,
                        struct error *error)
{
        const struct netns *found = NULL;
        struct netns_identity id;

        int r = netns_argument_parse(s, &id, error);
        if (r < 0)
                return r;
        for (size_t i = 0; i < census->n_namespaces; i++) {
                const struct netns *ns = &census->namespaces[i];
                if (!is_named(ns, &id))
                        continue;
                if (found)
                        return error_set(error, ENOTUNIQ,
                                         "Two network namespaces have had this inode number; ask "
                                         "by cookie:N");
                found = ns;
        }
        if (!found)
                return error_set(error, ENXIO, "There is no such network namespace (any more)");
        *ret = found;
        return 0;
}
