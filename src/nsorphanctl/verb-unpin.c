/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "inspect/inside-read.h"
#include "inspect/unpin.h"
#include "netns/visit-lock.h"
#include "nsorphanctl/acting.h"
#include "nsorphanctl/fail.h"
#include "nsorphanctl/fold.h"
#include "nsorphanctl/verb.h"
#include "util/text.h"

static void print_place(FILE *f, const struct unpin_mount *m)
{
        fputs(m->path, f);
        if (!m->host)
                fprintf(f, " in the mount namespace of %s (pid %d)",
                        text_or(m->comm, "a process that has ended"), (int)m->pid);
}

static void print_taken(const struct unpin *u)
{
        for (size_t i = 0; i < u->n; i++) {
                const struct unpin_mount *m = &u->mounts[i];
                if (m->errnum < 0)
                        continue;
                fputs("Taken away: ", stdout);
                print_place(stdout, m);
                puts(m->unlinked ? ", and the file it was mounted on" : "");
        }
}

/* How many are left. */
static size_t print_left(const struct unpin *u)
{
        size_t n = 0;

        for (size_t i = 0; i < u->n; i++) {
                const struct unpin_mount *m = &u->mounts[i];
                if (m->errnum >= 0)
                        continue;
                n++;
                fputs("Left: ", stderr);
                print_place(stderr, m);
                if (m->covered)
                        fprintf(stderr, ", because %s is mounted over\n", m->covered);
                else
                        fprintf(stderr, ": %s\n", strerror(-m->errnum));
        }
        return n;
}

/* Refuses what has no name, and what may be in use though no process is in it. */
static int check(const struct netns *ns, const struct census *census, struct error *error)
{
        _cleanup_(inside_freep) struct inside *inside = NULL;
        char name[NETNS_NAME_MAX];

        (void)netns_identity_format(&ns->id, name);
        if (ns->count[HOLDER_NSFS_MOUNT] == 0)
                return error_set(error, EINVAL, "%s has no name: no mount leads to it", name);
        int r = inside_read(ns, census, NULL, 0, &inside, error);
        if (r < 0)
                return r;
        const char *why = inside_may_forward(inside);
        return why ? error_set(error, EPERM,
                               "%s is left alone: it %s, so it may forward traffic (routers, "
                               "bridges and ready-made pools have no process by design)",
                               name, why)
                   : 0;
}

/* Takes the mounts away, which are judged once more. The number of those left, or a negative
 * errno. */
static int act(const struct options *options, const struct netns_identity *id, struct error *error)
{
        const struct netns_wanted wanted = {.inode = id->inode, .cookie = id->cookie};
        _cleanup_(census_freep) struct census *census = NULL;
        _cleanup_(unpin_deinit) struct unpin unpin = {};

        int r = acting_confirm(options, id, &census, error);
        if (r < 0)
                return r;
        struct visit_lock lock = visit_lock_take();
        r = unpin_all(&wanted, &unpin);
        visit_lock_release(&lock);
        if (!options->no_legend)
                print_taken(&unpin);
        (void)fflush(stdout);
        size_t left = print_left(&unpin);
        if (r < 0)
                return error_set_errno(error, -r, "Failed to look for all mounts");
        return (int)left;
}

/* One may be detached, or in a mount namespace that only an open file leads to. */
static int check_gone(const struct options *options, const struct netns_identity *id)
{
        _cleanup_(census_freep) struct census *census = NULL;
        struct error error = {};
        char name[NETNS_NAME_MAX];

        int r = netns_target_census(options, SCAN_SOURCE_AUTO, true, &census, &error);
        if (r < 0)
                return fail_because(r, &error);
        const struct netns *ns = census_find(census, id);
        if (!ns || ns->count[HOLDER_NSFS_MOUNT] == 0)
                return EXIT_SUCCESS;
        return fail_with(EXIT_FAILURE,
                         "%s is still mounted where no process sees it, so nothing can be done "
                         "about that here",
                         netns_identity_format(id, name));
}

int verb_unpin(int argc, char **argv, const struct options *options)
{
        _cleanup_(census_freep) struct census *census = NULL;
        struct options unnamed_too = *options;
        const struct netns *ns;
        struct error error = {};

        (void)fold_start(options->columns);
        /* One without a name is refused for that. */
        unnamed_too.unnamed = true;
        int r = acting_find(&unnamed_too, argv[0], &census, &ns, &error);
        if (r >= 0)
                r = check(ns, census, &error);
        if (r >= 0)
                r = act(options, &ns->id, &error);
        if (r < 0)
                return netns_target_fail(r, &error);
        return r > 0 ? EXIT_FAILURE : check_gone(options, &ns->id);
}
