/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/recheck.h"

#include "census/builder-judge.h"
#include "census/builder-recheck.h"
#include "census/procfs/kernel-word.h"
#include "census/procfs/mounts.h"
#include "census/procfs/recheck-tasks.h"
#include "census/procfs/walk-all.h"
#include "netns/visit-lock.h"

/* How often a namespace that was no orphan in the scan before is looked for again: among the tasks,
 * and in the first of these rounds among the files as well, where the kernel is silent.
 *
 * Two tasks that are in it by turns are both seen outside when the change of places falls between
 * the look at one and the look at the other. No two tasks can be read at one instant, so that only
 * repetition makes this rare: one look in six was deceived so on a host with 14 busy tasks on two
 * CPUs (tests/zoo/churn.c, "relay"). */
#define ROUNDS       6
#define ROUNDS_FILES 2

static void note_word(struct netns *ns, enum kernel_word word)
{
        ns->unseen_reference = word == KERNEL_WORD_REFERENCED;
        ns->witnessed = word == KERNEL_WORD_UNREFERENCED || word == KERNEL_WORD_INACTIVE;
}

/* Asks once more about those that have a reference, which may be that of another of us, who shares
 * no lock with us: it counts where nobody of us has looked meanwhile. */
static void ask_alone(const struct host *host, const struct kernel_moment *m,
                      const struct builder *b, struct netns **orphans, size_t n)
{
        struct visit_lock_moment before, after;

        visit_lock_moment(host->proc_fd, &before);
        for (size_t i = 0; i < n; i++)
                if (orphans[i]->unseen_reference)
                        note_word(orphans[i],
                                  kernel_word_ask(m, orphans[i],
                                                  builder_is_visited(b, &orphans[i]->id)));
        visit_lock_moment(host->proc_fd, &after);
        if (before.is_quiet && after.is_quiet && before.sum == after.sum)
                return;
        for (size_t i = 0; i < n; i++)
                if (orphans[i]->unseen_reference)
                        note_word(orphans[i], KERNEL_WORD_SILENT);
}

/* Asks the kernel about every orphan. A reference that is there only for a moment (another program
 * looks at the same namespace) is asked about again. */
static void ask_kernel(struct host *host, const struct builder *b, struct netns **orphans, size_t n,
                       bool *ret_certain)
{
        enum kernel_word_rule rule = host_rule(host);
        bool again = true;

        *ret_certain = true;
        for (unsigned round = 0; round < 5 && again; round++) {
                struct kernel_moment m;
                _cleanup_close_ int lock = visit_lock_alone();
                kernel_word_prepare(&m, rule, lock < 0);
                again = false;
                *ret_certain = true;
                for (size_t i = 0; i < n; i++) {
                        enum kernel_word word = kernel_word_ask(
                                &m, orphans[i], builder_is_visited(b, &orphans[i]->id));
                        note_word(orphans[i], word);
                        again |= word == KERNEL_WORD_REFERENCED;
                        *ret_certain &= word == KERNEL_WORD_INACTIVE;
                }
                if (again)
                        ask_alone(host, &m, b, orphans, n);
        }
}

static bool was_orphan(const struct host *host, const struct netns *ns)
{
        return ns->id.cookie && number_set_has(host->orphans, ns->id.cookie);
}

/* The second look itself: at all tasks, and with @files, where the kernel is silent about a
 * namespace that was no orphan in the scan before, at all files too. */
static int look_again(struct walk *walk, struct netns **orphans, size_t n, bool files,
                      struct builder *ret)
{
        _cleanup_(number_set_freep) struct number_set *suspects = number_set_new();
        struct walker w;
        bool silent = false;
        int r = suspects ? 0 : -ENOMEM;

        for (size_t i = 0; i < n && r >= 0; i++) {
                silent |= files && orphans[i]->id.inode && !orphans[i]->witnessed &&
                          !orphans[i]->unseen_reference && !was_orphan(walk->host, orphans[i]);
                r = number_set_add(suspects, orphans[i]->id.inode);
        }
        if (r >= 0 && silent)
                r = walk_all(walk, ret, true);
        if (r >= 0)
                r = walker_init(&w, walk);
        if (r < 0)
                return r;
        w.zombies = number_set_new();
        r = w.zombies ? recheck_tasks(&w, suspects) : -ENOMEM;
        if (r == 0)
                builder_gap(ret, GAP_UNSETTLED, 0, 0);
        if (r >= 0)
                r = mounts_visit(&w);
        if (r >= 0)
                r = proof_emit(&w.proof, walk->host->proc_fd, w.builder);
        if (r >= 0)
                r = builder_merge(ret, w.builder);
        walker_deinit(&w);
        return r;
}

static int recheck_round(struct walk *walk, struct builder *b, bool files, bool *ret_again)
{
        _cleanup_free_ struct netns **orphans = NULL;
        _cleanup_(builder_freep) struct builder *second = builder_new();
        size_t n;
        bool certain = false;

        if (!second)
                return -ENOMEM;
        int r = builder_orphans(b, &orphans, &n);
        if (r < 0)
                return r;
        *ret_again = false;
        if (n == 0)
                return 0;
        if (files)
                ask_kernel(walk->host, b, orphans, n, &certain);
        if (certain)
                return builder_judge(b);
        /* @second is not judged: what is known by inode alone must stay so, for builder_recheck()
         * to find it. */
        r = look_again(walk, orphans, n, files, second);
        if (r < 0)
                return r;
        if (builder_coverage(second)->gaps[GAP_UNSETTLED].count > 0)
                builder_gap(b, GAP_UNSETTLED, 0, 0);
        for (size_t i = 0; i < n; i++)
                *ret_again |= !was_orphan(walk->host, orphans[i]);
        r = builder_recheck(b, second);
        return r < 0 ? r : builder_judge(b);
}

int recheck_orphans(struct walk *walk, struct builder *b)
{
        _cleanup_free_ struct netns **orphans = NULL;
        bool again = true, certain;
        size_t n;
        int r = 0;

        for (unsigned round = 0; round < ROUNDS && again && r >= 0; round++)
                r = recheck_round(walk, b, round < ROUNDS_FILES, &again);
        /* And the kernel is asked last: a task may have turned into a reference meanwhile. */
        if (r >= 0)
                r = builder_orphans(b, &orphans, &n);
        if (r < 0)
                return r;
        if (n > 0)
                ask_kernel(walk->host, b, orphans, n, &certain);
        r = builder_judge(b);
        number_set_clear(walk->host->orphans);
        for (size_t i = 0; i < n && r >= 0; i++)
                if (orphans[i]->verdict == VERDICT_ORPHANED && orphans[i]->id.cookie)
                        r = number_set_add(walk->host->orphans, orphans[i]->id.cookie);
        return MIN(r, 0);
}
