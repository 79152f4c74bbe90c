/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/explain-pinned.h"

#include <ctype.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "inspect/mount-cover.h"
#include "inspect/netns-pin.h"
#include "inspect/process-open.h"
#include "nsorphanctl/explain-causes.h"
#include "nsorphanctl/explain-remedy.h"
#include "nsorphanctl/netns-target.h"
#include "report/holder-text.h"
#include "util/text.h"

/* The name that ip-netns(8) knows the mount by, NULL when it knows none. */
static const char *name_of(const struct holder *h)
{
        static const char directory[] = NETNS_RUN_DIRECTORY "/";
        const char *name = h->path && strncmp(h->path, directory, strlen(directory)) == 0
                                   ? h->path + strlen(directory)
                                   : NULL;

        return name && *name && !strchr(name, '/') ? name : NULL;
}

/* Whether @s may stand on a line that is meant to be pasted. */
static bool is_plain(const char *s, const char *more)
{
        if (*s == '-')
                return false;
        for (; *s; s++)
                if (!isalnum((unsigned char)*s) && !strchr(more, *s))
                        return false;
        return true;
}

static bool is_file(const struct holder *h)
{
        return h->kind == HOLDER_NSFS_FD ||
               (h->carried == HOLDER_NSFS_FD && h->kind != HOLDER_NSFS_MOUNT);
}

/* "fd 4 of docker-proxy (pid 357)", "20 fds of sing-box (pid 3)", "70 fds of 3 processes, among
 * them fd 4 of …" */
static void print_files(FILE *f, const struct netns *ns)
{
        const struct holder *first = NULL;
        size_t listed = 0, processes = 0;
        uint64_t n = ns->count[HOLDER_NSFS_FD];

        for (size_t i = 0; i < ns->n_holders; i++) {
                const struct holder *h = &ns->holders[i];
                if (!is_file(h))
                        continue;
                processes += listed++ == 0 || h->pid != ns->holders[i - 1].pid;
                first = first ? first : h;
        }
        if (!first) {
                fprintf(f, "%" PRIu64 " open namespace file%s", n, n == 1 ? "" : "s");
                return;
        }
        if (n > 1)
                fprintf(f, "%" PRIu64 " fds of ", n);
        if (n > 1 && processes > 1)
                fprintf(f, "%s%zu processes, among them ", n > listed ? "at least " : "",
                        processes);
        if (n <= 1 || processes > 1) {
                if (first->kind == HOLDER_NSFS_FD)
                        fprintf(f, "fd %d of ", first->fd);
                else {
                        holder_text_print(f, first, HOLDER_TEXT_CLAUSE);
                        fputs(" of ", f);
                }
        }
        holder_text_print_process(f, first);
}

static void print_mount(FILE *f, const struct holder *h)
{
        if (name_of(h))
                fprintf(f, "named %s by mount %s", name_of(h), h->path);
        else
                fprintf(f, "kept by mount %s", text_or(h->path, "that no process sees"));
        if (h->pid > 0) {
                fputs(" in the mount namespace of ", f);
                holder_text_print_process(f, h);
        }
}

static uint64_t print_mounts(FILE *f, const struct netns *ns)
{
        uint64_t n = 0;

        for (size_t i = 0; i < ns->n_holders; i++)
                if (ns->holders[i].kind == HOLDER_NSFS_MOUNT && n < EXPLAIN_LIST_MAX) {
                        fputs(n++ > 0 ? ", " : "", f);
                        print_mount(f, &ns->holders[i]);
                }
        if (ns->count[HOLDER_NSFS_MOUNT] > n)
                fprintf(f, "%s%" PRIu64 " more mounts", n > 0 ? " and " : "kept by ",
                        ns->count[HOLDER_NSFS_MOUNT] - n);
        return ns->count[HOLDER_NSFS_MOUNT];
}

void explain_pinned_print_what(FILE *f, const struct netns *ns)
{
        uint64_t total = netns_holder_count(ns), files = ns->count[HOLDER_NSFS_FD], said = 0;
        bool in_flight = ns->nsfs_in_flight && files == 0;

        fputs("no process", f);
        if (ns->count[HOLDER_NSFS_MOUNT] > 0) {
                fputs(", ", f);
                said = print_mounts(f, ns);
                if (files > 0) {
                        fputs("; kept by ", f);
                        print_files(f, ns);
                }
        } else if (files > 0 || in_flight) {
                fputs(ns->unnamed ? ", no name; kept " : ", no name that could be seen; kept ", f);
                fputs(total == files || (in_flight && total == 1) ? "only by " : "by ", f);
                print_files(f, ns);
        } else
                fputs(", kept by what was not found", f);
        said += files + in_flight;
        if (total > said)
                fprintf(f, "; and by %" PRIu64 " other holder%s, named below", total - said,
                        total - said == 1 ? "" : "s");
}

/* Of the process whose mount namespace the mount is in, or of the host. An fd or a negative errno.
 */
static int open_viewer(const struct holder *h)
{
        char name[32];

        if (h->pid == 0)
                return process_open_host();
        _cleanup_close_ int dir = process_open_dir(h->process);
        (void)snprintf(name, sizeof(name), "task/%d", (int)h->tid);
        int task = dir < 0 ? dir : openat(dir, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
        return task < 0 && dir >= 0 ? negative_errno() : task;
}

/* Says what makes a mount out of reach by its path. */
static void print_cover(FILE *f, const struct netns *ns, const struct holder *h)
{
        _cleanup_free_ char *cover = NULL;

        _cleanup_close_ int viewer = h->path ? open_viewer(h) : -ENOENT;
        if (viewer < 0 || mount_cover_find(viewer, ns->id.inode, h->path, &cover) < 0 || !cover)
                return;
        fprintf(f, "  %s is mounted over", cover);
        if (h->pid > 0) {
                fputs(" in the mount namespace of ", f);
                holder_text_print_process(f, h);
                fputs(", so nothing reaches the mount there.\n", f);
        } else if (is_plain(cover, "/_.-"))
                fprintf(f, ": umount %s\n", cover);
        else
                fputs(", so nothing reaches the mount by its path.\n", f);
}

static void print_cures_of_mounts(FILE *f, const struct explain *e)
{
        const struct netns *ns = e->inspection->netns;
        char argument[NETNS_NAME_MAX];
        bool unpin = false;

        for (size_t i = 0; i < ns->n_holders; i++) {
                const struct holder *h = &ns->holders[i];
                if (h->kind != HOLDER_NSFS_MOUNT)
                        continue;
                print_cover(f, ns, h);
                if (h->pid == 0 && name_of(h) && is_plain(name_of(h), "_.-")) {
                        fputs("  Take the name away:\n", f);
                        explain_text_command(f, e, 4, "ip netns del %s", name_of(h));
                } else
                        unpin = true;
        }
        if (!unpin)
                return;
        fputs("  Take the mount away, wherever it is, executing nothing from there:\n", f);
        explain_text_command(f, e, 4, "nsorphanctl unpin --empty %s",
                             netns_target_format(&ns->id, argument));
}

static void print_cause(FILE *f, const struct explain *e)
{
        const struct netns *ns = e->inspection->netns;
        bool here = false, elsewhere = false;

        for (size_t i = 0; i < ns->n_holders; i++) {
                here |= ns->holders[i].kind == HOLDER_NSFS_MOUNT && ns->holders[i].pid == 0;
                elsewhere |= ns->holders[i].kind == HOLDER_NSFS_MOUNT && ns->holders[i].pid > 0;
        }
        explain_text_heading(f, e, "Likely cause");
        if (ns->count[HOLDER_NSFS_MOUNT] == 0)
                fputs("  Namespace fd kept: a file of the namespace was opened, and stays open though "
                      "the name and the processes that led there are gone.\n"
                      "    Open namespace files close-on-exec (O_CLOEXEC), and close the fd when the "
                      "work in there is done.\n",
                      f);
        if (ns->empty && here)
                fputs("  Name left behind: nothing but its name keeps it.\n", f);
        if (elsewhere)
                fputs("  Mount copied into a service or container, or made there: it is in a mount "
                      "namespace of its own, from which it does not go when the name is taken away on "
                      "the host.\n",
                      f);
        if (ns->count[HOLDER_NSFS_MOUNT] > 0 && !ns->empty)
                fputs("  None: it has a name, and something else keeps it, too, or may have gone "
                      "unseen.\n",
                      f);
}

static void print_nothing(FILE *f, const struct netns *ns)
{
        fputs("  Nothing is advised but to find out whose it is.\n", f);
        for (size_t k = 0; k < ns->n_holders; k++)
                if (ns->holders[k].kind == HOLDER_NSFS_MOUNT)
                        print_cover(f, ns, &ns->holders[k]);
}

void explain_pinned_print(FILE *f, const struct explain *e)
{
        const struct inspection *i = e->inspection;
        const struct netns *ns = i->netns;

        const char *why = i->inside ? inside_may_forward(i->inside) : "cannot be looked into";

        /* A name that is there by design was not left behind. */
        if (!why || ns->count[HOLDER_NSFS_MOUNT] == 0) {
                print_cause(f, e);
                explain_causes_print(f, e, false);
        }
        if (!why && ns->count[HOLDER_NSFS_MOUNT] == 0) {
                explain_remedy_print(f, e);
                return;
        }
        explain_text_heading(f, e, "What to do");
        if (why)
                fprintf(f,
                        "  It %s, so it may forward traffic: routers, bridges and ready-made pools "
                        "have no process by design.\n",
                        why);
        else if (!ns->empty)
                fputs("  Its name is in use, or may be.\n", f);
        if (!why && ns->empty)
                print_cures_of_mounts(f, e);
        else
                print_nothing(f, ns);
}
