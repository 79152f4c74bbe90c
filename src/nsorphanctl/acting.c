/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/acting.h"

#include <sys/stat.h>

#include "proc/error.h"

/* Whether the namespace that @link leads to has this number. 1, 0, or a negative errno. */
static int is_of(const char *link, uint64_t inode)
{
        struct stat st;

        return stat(link, &st) < 0 ? negative_errno() : st.st_ino == inode;
}

static int refuse(const struct netns *ns, const char *why, struct error *error)
{
        char name[NETNS_NAME_MAX];

        return error_set(error, EPERM, "%s is left alone: %s", netns_identity_format(&ns->id, name),
                         why);
}

static int check_pinned(const struct options *options, const struct netns *ns, struct error *error)
{
        bool is_named = ns->count[HOLDER_NSFS_MOUNT] > 0;

        if (is_named) {
                if (ns->count[HOLDER_SOCKET] > 0)
                        return refuse(ns, "it has a name, and a socket in it is in use", error);
                if (!ns->empty)
                        return refuse(ns,
                                      "it has a name, and something else keeps it, too, or may "
                                      "have gone unseen",
                                      error);
                return options->empty
                               ? 0
                               : refuse(ns,
                                        "a mount keeps it, so it is not an orphan; --empty says "
                                        "that it may be one that no task and no socket is in",
                                        error);
        }
        return options->unnamed
                       ? 0
                       : refuse(ns,
                                "an open file keeps it, so it is not an orphan; --unnamed says "
                                "that it may be one without a name",
                                error);
}

/* Not ours, nor the host's. What fails for want of a right is left to the census, which by BPF
 * needs none, and else says that it is partial; what else fails may have been either. */
static int check_foreign(const struct netns *ns, struct error *error)
{
        static const struct {
                const char *link, *why;
        } excluded[] = {
                {"/proc/thread-self/ns/net", "nsorphanctl itself runs in it"},
                /* That of the kernel's threads is the initial one; pid 1 may be in another. In a
                 * pid namespace of our own, there is no pid 2. */
                {"/proc/1/ns/net", "it is the host's own"},
                {"/proc/2/ns/net", "it is the host's own"},
        };

        for (size_t i = 0; i < ARRAY_SIZE(excluded); i++) {
                int r = is_of(excluded[i].link, ns->id.inode);

                if (r > 0)
                        return refuse(ns, excluded[i].why, error);
                if (r < 0 && r != -ENOENT && !proc_error_is_refused(r))
                        return error_set_errno(error, -r, "Failed to look at %s", excluded[i].link);
        }
        return 0;
}

static int check(const struct options *options, const struct netns *ns, struct error *error)
{
        int r = check_foreign(ns, error);
        if (r < 0)
                return r;
        if (ns->verdict == VERDICT_ATTACHED)
                return refuse(ns, "processes are in it", error);
        if (ns->partial)
                return refuse(
                        ns,
                        "not everything on this host could be seen, so a process may be in it "
                        "(nsorphanctl scan says what was not seen)",
                        error);
        return ns->verdict == VERDICT_PINNED ? check_pinned(options, ns, error) : 0;
}

int acting_find(const struct options *options, const char *s, struct census **ret_census,
                const struct netns **ret, struct error *error)
{
        _cleanup_(census_freep) struct census *census = NULL;
        int r = netns_target_scan(options, s, &census, ret, error);

        if (r >= 0)
                r = check(options, *ret, error);
        if (r < 0)
                return r;
        *ret_census = TAKE_PTR(census);
        return 0;
}

bool acting_is_proof(const struct census *census)
{
        /* What BPF lists is every namespace, whatever else was not seen. */
        return census_is_by_bpf(census) || census->coverage.complete;
}

int acting_confirm(const struct options *options, const struct netns_identity *id,
                   struct census **ret_census, struct error *error)
{
        _cleanup_(census_freep) struct census *census = NULL;
        int r = netns_target_census(options, SCAN_SOURCE_AUTO, false, &census, error);
        const struct netns *ns = r < 0 ? NULL : census_find(census, id);

        if (r < 0)
                return r;
        if (!ns)
                return error_set(
                        error, ESTALE,
                        acting_is_proof(census)
                                ? "The network namespace has ended meanwhile"
                                : "The network namespace is no longer seen; not everything "
                                  "on this host could be (nsorphanctl scan says what)");
        r = check(options, ns, error);
        if (r < 0)
                return r;
        *ret_census = TAKE_PTR(census);
        return 0;
}
