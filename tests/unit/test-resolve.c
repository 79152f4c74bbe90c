/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What becomes of holders whose namespace cannot be read: which question, and what the answer
 * makes of them. The answers are made up. */

#include "test-walk.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "census/builder-judge.h"
#include "census/procfs/resolve.h"
#include "census/procfs/socket-cache.h"
#include "netlink/sock-diag.h"

/* No socket has that number: sockfs counts in 32 bits, and this test begins none of so many. */
#define SOCKET_INODE UINT64_C(0xfffffff0)

static const struct netns_identity somewhere = {.inode = 100, .cookie = 7};

static void emit(struct test_walk *t, struct holder h)
{
        h.reason = "made up";
        assert_int_equal(builder_emit_unresolved(t->b, &h), 0);
}

/* A socket that is mapped so that it can only be of the packet or XDP table. */
static void emit_mapping(struct test_walk *t)
{
        struct holder h = HOLDER_OF(getpid(), getpid(), -1);

        h.kind = HOLDER_SOCKET_MAPPING;
        h.socket_inode = SOCKET_INODE;
        h.writable = true;
        emit(t, h);
}

static const struct holder *only_unresolved(struct test_walk *t)
{
        size_t n;
        const struct holder *h = builder_unresolved(t->b, &n);

        assert_int_equal(n, 1);
        return h;
}

static struct resolve begin(struct test_walk *t)
{
        struct resolve s;

        assert_int_equal(resolve_init(&s, &t->walk, t->b), 0);
        return s;
}

static struct census *finish(struct test_walk *t)
{
        struct census *c = calloc(1, sizeof(*c));

        assert_non_null(c);
        assert_int_equal(builder_judge(t->b), 0);
        assert_int_equal(builder_finish(t->b, c), 0);
        return c;
}

static void test_what_is_found_belongs_there(void **state)
{
        struct test_walk *t = *state;

        emit_mapping(t);
        _cleanup_(resolve_deinit) struct resolve s = begin(t);
        struct question *q =
                questions_answer(&s.inquiry.questions, SOCKET_INODE, false, &somewhere);
        assert_non_null(q);
        q->family = AF_PACKET;
        q->type = SOCK_RAW;
        assert_int_equal(resolve_apply(&s, t->b), 0);
        _cleanup_(census_freep) struct census *c = finish(t);
        assert_int_equal(c->n_unresolved, 0);
        assert_int_equal(c->n_namespaces, 1);
        assert_int_equal(c->namespaces[0].id.inode, somewhere.inode);
        assert_int_equal(c->namespaces[0].n_holders, 1);
        assert_int_equal(c->namespaces[0].holders[0].family, AF_PACKET);
        assert_null(c->namespaces[0].holders[0].reason);
}

/* Applies as if the mapping was found nowhere, and returns whether it is proved that it is of a
 * namespace that is not known. */
static bool is_nameless(struct test_walk *t, unsigned rounds, bool unasked, bool dropped)
{
        _cleanup_(resolve_deinit) struct resolve s = begin(t);

        s.inquiry.rounds = rounds;
        s.inquiry.unasked = unasked;
        s.inquiry.questions.all->dropped = dropped;
        assert_int_equal(resolve_apply(&s, t->b), 0);
        return only_unresolved(t)->nameless;
}

static void test_found_nowhere_twice_is_a_proof(void **state)
{
        struct test_walk *t = *state;

        emit_mapping(t);
        assert_false(is_nameless(t, 1, false, false));
        assert_false(is_nameless(t, 2, true, false));
        assert_false(is_nameless(t, 2, false, true));
        /* This kernel cannot list one of the tables that it may be in. */
        t->host.missing_tables = SOCK_TABLE_BIT(SOCK_TABLE_XDP);
        assert_false(is_nameless(t, 2, false, false));
        t->host.missing_tables = 0;
        assert_true(is_nameless(t, 2, false, false));
}

static void test_what_may_be_anywhere_is_never_proved_to_be_nowhere(void **state)
{
        struct test_walk *t = *state;
        struct holder h = HOLDER_OF(getpid(), getpid(), -1);

        h.kind = HOLDER_SOCKET_MAPPING; /* read-only: of any kind */
        h.socket_inode = SOCKET_INODE;
        emit(t, h);
        assert_false(is_nameless(t, 3, false, false));
}

static void test_a_socket_that_is_known_is_not_asked_about(void **state)
{
        struct test_walk *t = *state;
        struct socket_facts facts;
        struct stat st;
        bool first;

        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        assert_int_equal(fstat(fd, &st), 0);
        assert_int_equal(socket_cache_begin(t->host.sockets, st.st_ino, &facts, &first), 0);
        int r = socket_cache_commit(t->host.sockets, st.st_ino, fd, &facts);
        if (r == -EPERM)
                skip(); /* SIOCGSKNS wants CAP_NET_ADMIN */
        assert_int_equal(r, 0);
        const struct netns_identity id = facts.netns->id;

        struct holder h = HOLDER_OF(getpid(), getpid(), 5);
        h.kind = HOLDER_IO_URING_FILE;
        h.socket_inode = st.st_ino;
        emit(t, h);
        _cleanup_(resolve_deinit) struct resolve s = begin(t);
        assert_null(s.inquiry.questions.all);
        assert_int_equal(builder_coverage(t->b)->gaps[GAP_RING].count, 1); /* its queue */
        _cleanup_(census_freep) struct census *c = finish(t);
        assert_int_equal(c->n_namespaces, 1);
        assert_true(netns_identity_equal(&c->namespaces[0].id, &id));
}

/* An open file of procfs, ours. */
static int emit_file(struct test_walk *t, const char *path, uint64_t *ret_inode)
{
        struct stat st;
        int fd = open(path, O_RDONLY | O_CLOEXEC);

        assert_true(fd >= 0);
        assert_int_equal(fstat(fd, &st), 0);
        struct holder h = HOLDER_OF(getpid(), getpid(), fd);
        h.kind = HOLDER_PROC_NET_FILE;
        h.file_inode = *ret_inode = st.st_ino;
        emit(t, h);
        return fd;
}

static void test_a_file_below_net(void **state)
{
        struct test_walk *t = *state;
        uint64_t inode;

        _cleanup_close_ int fd = emit_file(t, "/proc/self/net/tcp", &inode);
        _cleanup_(resolve_deinit) struct resolve s = begin(t);
        struct question *q = questions_answer(&s.inquiry.questions, inode, true, &somewhere);
        assert_non_null(q);
        q->kind = PROC_NET_HOLDS;
        q->file = "tcp";
        q->family = q->type = q->protocol = -1;
        assert_int_equal(resolve_apply(&s, t->b), 0);
        _cleanup_(census_freep) struct census *c = finish(t);
        assert_int_equal(c->n_namespaces, 1);
        assert_int_equal(c->namespaces[0].id.inode, somewhere.inode);
        assert_string_equal(c->namespaces[0].holders[0].net_file, "tcp");
}

static void test_another_file_of_procfs_holds_nothing(void **state)
{
        struct test_walk *t = *state;
        uint64_t inode;

        _cleanup_close_ int fd = emit_file(t, "/proc/version", &inode);
        _cleanup_(resolve_deinit) struct resolve s = begin(t);
        assert_null(s.inquiry.questions.all);
        assert_int_equal(only_unresolved(t)->kind, HOLDER_NONE);
}

/* All of it, walk and all: nobody has that socket, and who may ask nobody proves nothing. */
static void test_all_of_it(void **state)
{
        struct test_walk *t = *state;
        struct holder h = HOLDER_OF(getpid(), getpid(), -1);

        assert_int_equal(resolve_holders(&t->walk, t->b), 0);
        assert_int_equal(t->walk.pids.n, 0); /* nothing to resolve: no walk */
        h.kind = HOLDER_SOCKET_MAPPING;
        h.socket_inode = SOCKET_INODE;
        emit(t, h);
        assert_int_equal(resolve_holders(&t->walk, t->b), 0);
        assert_false(only_unresolved(t)->nameless);
        assert_non_null(only_unresolved(t)->reason);
        atomic_store(&t->progress.cancel, true);
        assert_int_equal(resolve_holders(&t->walk, t->b), -ECANCELED);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                TEST_WALK(test_what_is_found_belongs_there),
                TEST_WALK(test_found_nowhere_twice_is_a_proof),
                TEST_WALK(test_what_may_be_anywhere_is_never_proved_to_be_nowhere),
                TEST_WALK(test_a_socket_that_is_known_is_not_asked_about),
                TEST_WALK(test_a_file_below_net),
                TEST_WALK(test_another_file_of_procfs_holds_nothing),
                TEST_WALK(test_all_of_it),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
