/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/release.h"

#include <string.h>

#include "inspect/release-guard.h"
#include "test-netns.h"

static struct holder held(enum holder_kind kind, pid_t pid, int fd, uint64_t socket_inode)
{
        struct holder h = HOLDER_OF(pid, pid, fd);

        h.kind = kind;
        h.socket_inode = socket_inode;
        return h;
}

static int choose(struct holder *holders, size_t n, pid_t pid, int fd, const struct holder **ret,
                  struct error *error)
{
        const struct netns ns = {.id = {.inode = 7}, .holders = holders, .n_holders = n};

        *ret = NULL;
        *error = (struct error){};
        return release_choose(&ns, pid, fd, ret, error);
}

static void test_choice(void **state)
{
        struct holder holders[] = {
                held(HOLDER_SOCKET, 41, 3, 100),   held(HOLDER_SOCKET, 42, 5, 100),
                held(HOLDER_SOCKET, 42, 6, 101),   held(HOLDER_SOCKET_MAPPING, 43, -1, 102),
                held(HOLDER_NSFS_MOUNT, 0, -1, 0),
        };
        const struct holder *chosen;
        struct error error;

        /* One socket in two places is one file. */
        assert_int_equal(choose(holders, 2, 0, -1, &chosen, &error), 0);
        assert_ptr_equal(chosen, &holders[0]);
        assert_int_equal(choose(holders, 5, 0, -1, &chosen, &error), -ENOTUNIQ);
        assert_int_equal(choose(holders, 5, 42, -1, &chosen, &error), -ENOTUNIQ);
        assert_int_equal(choose(holders, 5, 42, 6, &chosen, &error), 0);
        assert_ptr_equal(chosen, &holders[2]);
        assert_int_equal(choose(holders, 5, 41, -1, &chosen, &error), 0);
        assert_int_equal(choose(holders, 5, 41, 4, &chosen, &error), -ENXIO);
        assert_int_equal(choose(holders, 5, 44, -1, &chosen, &error), -ENXIO);
        assert_int_equal(choose(holders, 5, 43, -1, &chosen, &error), -EPERM);
        assert_non_null(strstr(error.text, "mapped"));
        assert_int_equal(choose(holders + 4, 1, 0, -1, &chosen, &error), -ENXIO);
}

/* Each kind but two has its reason. */
static void test_kinds(void **state)
{
        for (int kind = HOLDER_NONE + 1; kind < _HOLDER_KIND_MAX; kind++) {
                const struct holder h = held((enum holder_kind)kind, 41, 3, 0);
                assert_int_equal(release_guard_kind(&h) == NULL,
                                 kind == HOLDER_SOCKET || kind == HOLDER_NSFS_FD);
        }
        const struct holder none = held(HOLDER_SOCKET, 41, -1, 0);
        assert_non_null(release_guard_kind(&none));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_choice),
                cmocka_unit_test(test_kinds),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
