/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What two censuses may differ in, and what not: one line a rule. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "census/compare-sentence.h"
#include "test-census.h"

/* When both scans began; processes of test-census.h began at pid / 10 s. */
#define START_USEC (100 * USEC_PER_SEC)
#define OLD        411 /* a process that began before */
#define YOUNG      (pid_t)(START_USEC / USEC_PER_SEC * (uint64_t)sysconf(_SC_CLK_TCK) / 10 + 10)

struct pair {
        struct census *bpf, *procfs;
};

static struct holder hold_of(struct census *c, enum holder_kind kind, pid_t pid, int fd)
{
        struct holder h = HOLDER_OF(pid, pid, fd);

        h.kind = kind;
        h.process = pid ? test_process(c, pid, (uint64_t)pid * 10, "holder", NULL) : NULL;
        return h;
}

/* A namespace with one holder; by BPF its one reference is explained. */
static struct netns *add(struct census *c, uint64_t inode, uint64_t cookie, enum verdict verdict,
                         enum holder_kind kind, pid_t pid)
{
        struct netns *ns = test_netns(c, inode, cookie, verdict);

        if (verdict != VERDICT_ATTACHED)
                ns->references = (struct netns_references){true, 1, 1};
        test_hold(ns, hold_of(c, kind, pid, kind == HOLDER_TASK ? -1 : 3));
        return ns;
}

static void nothing(struct pair *p)
{
}

static void orphan(struct census *c)
{
        add(c, 5, 10, VERDICT_ORPHANED, HOLDER_SOCKET, OLD);
}

static void both_orphaned(struct pair *p)
{
        orphan(p->bpf);
        orphan(p->procfs);
}

static void without_cookie(struct pair *p)
{
        add(p->bpf, 5, 10, VERDICT_ATTACHED, HOLDER_TASK, OLD);
        add(p->procfs, 5, 0, VERDICT_ATTACHED, HOLDER_TASK, OLD);
}

static void only_bpf(struct pair *p)
{
        orphan(p->bpf);
}

static void only_bpf_task(struct pair *p)
{
        add(p->bpf, 5, 10, VERDICT_ATTACHED, HOLDER_TASK, OLD);
}

static void only_bpf_unlisted_tasks(struct pair *p)
{
        test_netns(p->bpf, 5, 10, VERDICT_ATTACHED)->count[HOLDER_TASK] = 1;
}

static void only_bpf_task_and_gap(struct pair *p)
{
        only_bpf_task(p);
        test_blind(p->procfs, OLD, GAP_TASK_UNPROVEN);
        p->procfs->coverage.tasks_complete = false;
}

static void only_bpf_task_and_other_gap(struct pair *p)
{
        only_bpf_task(p);
        test_blind(p->procfs, OLD + 1, GAP_TASK_UNPROVEN);
        p->procfs->coverage.tasks_complete = false;
}

static void only_bpf_task_of_unsettled(struct pair *p)
{
        only_bpf_task(p);
        p->procfs->coverage.gaps[GAP_UNSETTLED].count = 1;
}

/* BPF says that a task is in it; procfs knows that it cannot see all tasks. */
static void partial_verdict(struct pair *p, pid_t blind)
{
        only_bpf_task(p);
        test_blind(p->procfs, blind, GAP_TASK_UNPROVEN);
        p->procfs->coverage.tasks_complete = false;
        orphan(p->procfs);
        p->procfs->namespaces[0].partial = true;
}

static void partial_by_that_task(struct pair *p)
{
        partial_verdict(p, OLD);
}

static void partial_by_another_task(struct pair *p)
{
        partial_verdict(p, OLD + 1);
}

static void only_bpf_unlisted_tasks_and_gap(struct pair *p)
{
        only_bpf_unlisted_tasks(p);
        p->procfs->coverage.tasks_complete = false;
}

static void only_bpf_young(struct pair *p)
{
        add(p->bpf, 5, 10, VERDICT_ORPHANED, HOLDER_SOCKET, YOUNG);
}

static void only_bpf_blind(struct pair *p)
{
        orphan(p->bpf);
        test_blind(p->procfs, OLD, GAP_PROCESS_UNREADABLE);
}

static void only_bpf_other_blind(struct pair *p)
{
        orphan(p->bpf);
        test_blind(p->procfs, OLD + 1, GAP_PROCESS_UNREADABLE);
}

static void only_bpf_pid_namespace(struct pair *p)
{
        orphan(p->bpf);
        p->procfs->coverage.gaps[GAP_PID_NAMESPACE].count = 1;
}

static void only_bpf_backlog(struct pair *p)
{
        add(p->bpf, 5, 10, VERDICT_ORPHANED, HOLDER_SOCKET_BACKLOG, OLD);
}

static void only_bpf_mount(struct pair *p)
{
        add(p->bpf, 5, 10, VERDICT_PINNED, HOLDER_NSFS_MOUNT, OLD);
}

static void only_bpf_detached_mount(struct pair *p)
{
        add(p->bpf, 5, 10, VERDICT_PINNED, HOLDER_NSFS_MOUNT, 0);
}

static void only_bpf_unread_mount(struct pair *p)
{
        only_bpf_mount(p);
        p->procfs->coverage.gaps[GAP_MOUNTS_UNREADABLE].count = 1;
}

static void only_bpf_unresolved(struct pair *p)
{
        orphan(p->bpf);
        p->procfs->unresolved = calloc(1, sizeof(*p->procfs->unresolved));
        p->procfs->unresolved[0] = hold_of(p->procfs, HOLDER_SOCKET, OLD, 3);
        (void)process_ref(p->procfs->unresolved[0].process);
        p->procfs->n_unresolved = 1;
}

static void only_procfs(struct pair *p)
{
        orphan(p->procfs);
}

static void only_procfs_young(struct pair *p)
{
        add(p->procfs, 5, 10, VERDICT_ATTACHED, HOLDER_TASK, YOUNG);
}

static void only_procfs_disputed(struct pair *p)
{
        orphan(p->procfs);
        p->procfs->namespaces[0].disputed = true;
}

static struct netns *add_nameless(struct pair *p)
{
        struct netns *ns = test_netns(p->procfs, 0, 0, VERDICT_ORPHANED);
        struct holder h = hold_of(p->procfs, HOLDER_PROC_NET_FILE, OLD, 3);

        h.file_inode = 77;
        ns->id.nameless = (struct nameless){OLD * 10, 77, OLD, HOLDER_PROC_NET_FILE};
        test_hold(ns, h);
        return ns;
}

static void nameless(struct pair *p)
{
        add_nameless(p);
        add(p->bpf, 5, 10, VERDICT_ORPHANED, HOLDER_PROC_NET_FILE, OLD);
        p->bpf->namespaces[0].holders[0].file_inode = 77;
}

static void nameless_pinned(struct pair *p)
{
        nameless(p);
        p->bpf->namespaces[0].verdict = VERDICT_PINNED;
}

static void nameless_alone(struct pair *p)
{
        add_nameless(p);
}

static void nameless_alone_and_unexplained(struct pair *p)
{
        add_nameless(p);
        p->bpf->coverage.gaps[GAP_UNEXPLAINED].count = 1;
}

static void cookies_clash(struct pair *p)
{
        orphan(p->bpf);
        add(p->procfs, 5, 11, VERDICT_ORPHANED, HOLDER_SOCKET, OLD);
}

static void inodes_clash(struct pair *p)
{
        orphan(p->bpf);
        add(p->procfs, 6, 10, VERDICT_ORPHANED, HOLDER_SOCKET, OLD);
}

static void verdicts(struct pair *p)
{
        orphan(p->bpf);
        add(p->procfs, 5, 10, VERDICT_PINNED, HOLDER_NSFS_FD, OLD);
}

static void verdict_partial(struct pair *p)
{
        verdicts(p);
        p->procfs->namespaces[0].partial = true;
}

static void verdict_young(struct pair *p)
{
        orphan(p->bpf);
        add(p->procfs, 5, 10, VERDICT_ATTACHED, HOLDER_TASK, YOUNG);
}

static void holder_by_bpf(struct pair *p)
{
        both_orphaned(p);
        test_hold(&p->bpf->namespaces[0], hold_of(p->bpf, HOLDER_TUN, OLD, 4));
}

static void holder_by_bpf_blind(struct pair *p)
{
        holder_by_bpf(p);
        test_blind(p->procfs, OLD, GAP_FD_REFUSED);
}

static void holder_by_bpf_unlisted(struct pair *p)
{
        holder_by_bpf(p);
        p->procfs->namespaces[0].count[HOLDER_SOCKET] = 2;
}

static void holder_by_bpf_alone(struct pair *p)
{
        both_orphaned(p);
        test_hold(&p->bpf->namespaces[0], hold_of(p->bpf, HOLDER_SOCKET_PEER, 0, -1));
}

static void holder_by_procfs(struct pair *p)
{
        both_orphaned(p);
        test_hold(&p->procfs->namespaces[0], hold_of(p->procfs, HOLDER_TUN, OLD, 4));
}

static void holder_by_procfs_unexplained(struct pair *p)
{
        holder_by_procfs(p);
        p->bpf->namespaces[0].references.counted = 2;
}

static void holder_by_procfs_young(struct pair *p)
{
        both_orphaned(p);
        test_hold(&p->procfs->namespaces[0], hold_of(p->procfs, HOLDER_TUN, YOUNG, 4));
}

/* One file, two processes: whichever of them it is listed of. */
static void shared_file(struct pair *p)
{
        both_orphaned(p);
        p->procfs->namespaces[0].holders[0].pid = OLD + 1;
        p->bpf->namespaces[0].holders[0].socket_inode = 99;
        p->procfs->namespaces[0].holders[0].socket_inode = 99;
}

static void other_file(struct pair *p)
{
        both_orphaned(p);
        p->bpf->namespaces[0].holders[0].socket_inode = 98;
        p->procfs->namespaces[0].holders[0].socket_inode = 99;
}

static void holders_of_attached(struct pair *p)
{
        without_cookie(p);
        test_hold(&p->procfs->namespaces[0], hold_of(p->procfs, HOLDER_SOCKET, OLD, 4));
}

/* Disagreements by kind, in the order of enum compare_kind; how many are explained. */
static const struct {
        const char *name;
        void (*make)(struct pair *p);
        unsigned n[_COMPARE_KIND_MAX];
        unsigned explained;
} table[] = {
        {"nothing", nothing, {}, 0},
        {"the same orphan", both_orphaned, {}, 0},
        {"one knows no cookie", without_cookie, {}, 0},
        {"only BPF", only_bpf, {[COMPARE_ONLY_BPF] = 1}, 0},
        {"only BPF, a task", only_bpf_task, {[COMPARE_ONLY_BPF] = 1}, 0},
        {"only BPF, tasks not listed", only_bpf_unlisted_tasks, {[COMPARE_ONLY_BPF] = 1}, 0},
        {"only BPF, a task unseen", only_bpf_task_and_gap, {}, 1},
        {"only BPF, another task unseen", only_bpf_task_and_other_gap, {[COMPARE_ONLY_BPF] = 1}, 0},
        {"only BPF, tasks unsettled", only_bpf_task_of_unsettled, {}, 1},
        {"partial by that task", partial_by_that_task, {}, 1},
        {"partial by another task", partial_by_another_task, {[COMPARE_VERDICT] = 1}, 0},
        {"only BPF, tasks unseen and not listed", only_bpf_unlisted_tasks_and_gap, {}, 1},
        {"only BPF, its process is younger", only_bpf_young, {}, 1},
        {"only BPF, its process was not seen", only_bpf_blind, {}, 1},
        {"only BPF, another was not seen", only_bpf_other_blind, {[COMPARE_ONLY_BPF] = 1}, 0},
        {"only BPF, processes do not show", only_bpf_pid_namespace, {}, 1},
        {"only BPF, a kind that /proc does not show", only_bpf_backlog, {}, 1},
        {"only BPF, a mount", only_bpf_mount, {[COMPARE_ONLY_BPF] = 1}, 0},
        {"only BPF, a mount that nothing shows", only_bpf_detached_mount, {}, 1},
        {"only BPF, a mount that was not read", only_bpf_unread_mount, {}, 1},
        {"only BPF, unresolved by procfs", only_bpf_unresolved, {}, 1},
        {"only procfs", only_procfs, {[COMPARE_ONLY_PROCFS] = 1}, 0},
        {"only procfs, younger", only_procfs_young, {}, 1},
        {"only procfs, disputed", only_procfs_disputed, {}, 1},
        {"nameless, and named by BPF", nameless, {}, 0},
        {"nameless, and pinned by BPF", nameless_pinned, {[COMPARE_VERDICT] = 1}, 0},
        {"nameless, and unknown to BPF", nameless_alone, {[COMPARE_ONLY_PROCFS] = 1}, 0},
        {"nameless, and something is unexplained", nameless_alone_and_unexplained, {}, 1},
        {"two cookies", cookies_clash, {[COMPARE_IDENTITY] = 1}, 0},
        {"two inode numbers", inodes_clash, {[COMPARE_IDENTITY] = 1}, 0},
        {"two verdicts", verdicts, {[COMPARE_VERDICT] = 1}, 0},
        {"two verdicts, one partial", verdict_partial, {}, 1},
        {"two verdicts, one by what is younger", verdict_young, {}, 1},
        {"holder by BPF", holder_by_bpf, {[COMPARE_HOLDER_ONLY_BPF] = 1}, 0},
        {"holder by BPF, its process was not seen", holder_by_bpf_blind, {}, 1},
        {"holder by BPF, not all are listed", holder_by_bpf_unlisted, {}, 1},
        {"holder by BPF, a kind of its own", holder_by_bpf_alone, {}, 1},
        {"holder by procfs", holder_by_procfs, {[COMPARE_HOLDER_ONLY_PROCFS] = 1}, 0},
        {"holder by procfs, unexplained", holder_by_procfs_unexplained, {}, 1},
        {"holder by procfs, younger", holder_by_procfs_young, {}, 1},
        {"a shared file", shared_file, {}, 0},
        {"two files",
         other_file,
         {[COMPARE_HOLDER_ONLY_BPF] = 1, [COMPARE_HOLDER_ONLY_PROCFS] = 1},
         0},
        {"sockets of an attached one", holders_of_attached, {}, 0},
};

static struct pair pair_new(void)
{
        struct pair p = {test_census(), test_census()};

        p.bpf->start_boottime_usec = p.procfs->start_boottime_usec = START_USEC;
        return p;
}

static void pair_free(struct pair *p)
{
        census_free(p->bpf);
        census_free(p->procfs);
}

static void test_rules(void **state)
{
        for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
                _cleanup_(compare_freep) struct comparison *c = NULL;
                struct pair p = pair_new();
                unsigned n[_COMPARE_KIND_MAX] = {};

                table[i].make(&p);
                assert_int_equal(compare_censuses(p.bpf, p.procfs, &c), 0);
                for (size_t j = 0; j < c->n; j++)
                        n[c->list[j].kind]++;
                if (memcmp(n, table[i].n, sizeof(n)) != 0 || c->explained != table[i].explained)
                        fail_msg("%s: %zu disagreements, %d explained", table[i].name, c->n,
                                 (int)c->explained);
                pair_free(&p);
        }
}

static struct comparison *compare(void (*make)(struct pair *p))
{
        struct comparison *c;
        struct pair p = pair_new();

        make(&p);
        assert_int_equal(compare_censuses(p.bpf, p.procfs, &c), 0);
        pair_free(&p);
        return c;
}

static void test_sentences(void **state)
{
        static const struct {
                void (*make)(struct pair *p);
                const char *sentence;
        } expected[] = {
                {only_bpf, "BPF calls it orphaned, procfs does not have it, and has seen all of "
                           "process 411 (socket, fd 3)"},
                {only_bpf_unlisted_tasks,
                 "BPF calls it attached, procfs does not have it, and has seen all of the tasks"},
                {only_procfs,
                 "procfs calls it orphaned, the kernel's list by BPF does not have it"},
                {cookies_clash, "BPF has its cookie as 10, procfs as 11"},
                {inodes_clash, "of cookie 10 BPF has the inode number 5, procfs 6"},
                {verdicts, "BPF calls it orphaned, procfs pinned"},
                {holder_by_bpf, "BPF names process 411 (tun, fd 4), procfs has seen all of that "
                                "process and does not"},
                {holder_by_procfs, "procfs names process 411 (tun, fd 4), BPF explains every "
                                   "reference without it"},
        };

        for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
                _cleanup_(compare_freep) struct comparison *c = compare(expected[i].make);
                char sentence[COMPARE_SENTENCE_MAX];

                assert_int_equal(c->n, 1);
                assert_string_equal(compare_sentence(&c->list[0], sentence), expected[i].sentence);
                assert_non_null(compare_kind_to_string(c->list[0].kind));
        }
}

/* What is not found again was the time between the scans. */
/* Of the disagreements of one namespace, those that stay where users are left out. */
static size_t without_users(enum holder_kind kind, uid_t holder, uid_t owner)
{
        _cleanup_(compare_freep) struct comparison *c = NULL;
        struct pair p = pair_new();

        struct netns *ns = add(p.bpf, 5, 10, VERDICT_ORPHANED, kind, OLD);
        ns->holders[0].uid = holder;
        ns->has_owner = true;
        ns->charged_uid = owner;
        assert_int_equal(compare_censuses(p.bpf, p.procfs, &c), 0);
        assert_int_equal(c->n, 1);
        uint64_t explained = c->explained;
        compare_leave_users_out(c);
        assert_int_equal(c->explained + c->n, explained + 1);
        pair_free(&p);
        return c->n;
}

static void test_users_are_left_out(void **state)
{
        assert_int_equal(without_users(HOLDER_SOCKET, 0, 0), 1);
        assert_int_equal(without_users(HOLDER_SOCKET, UID_UNKNOWN, 0), 1);
        assert_int_equal(without_users(HOLDER_SOCKET, 1000, 0), 0);
        assert_int_equal(without_users(HOLDER_SOCKET, 0, 1000), 0);
        /* Into a namespace of root's he moves no task. */
        assert_int_equal(without_users(HOLDER_TASK, 1000, 0), 1);
        assert_int_equal(without_users(HOLDER_TASK, 1000, 1000), 0);
}

static void test_keep(void **state)
{
        static const struct {
                void (*now)(struct pair *p);
                void (*earlier)(struct pair *p);
                size_t kept;
        } cases[] = {
                {verdicts, verdicts, 1},      {verdicts, both_orphaned, 0},
                {verdicts, only_bpf, 0},      {holder_by_bpf, holder_by_bpf, 1},
                {only_bpf, only_bpf_task, 0}, {cookies_clash, cookies_clash, 1},
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_(compare_freep) struct comparison *now = compare(cases[i].now);
                _cleanup_(compare_freep) struct comparison *earlier = compare(cases[i].earlier);

                compare_keep(now, earlier);
                assert_int_equal(now->n, cases[i].kept);
                assert_int_equal(now->explained, 1 - cases[i].kept);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_rules),
                cmocka_unit_test(test_sentences),
                cmocka_unit_test(test_users_are_left_out),
                cmocka_unit_test(test_keep),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
