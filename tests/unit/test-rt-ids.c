/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netlink/rt-ids.h"

#include <endian.h>
#include <linux/netlink.h>
#include <string.h>

#include "rt-samples.h"
#include "test-netns.h"

#define MESSAGE(bytes) ((const struct nlmsghdr *)(const void *)(bytes))

#if __BYTE_ORDER == __LITTLE_ENDIAN
static void test_decode(void **state)
{
        struct rt_tie tie;

        assert_int_equal(rt_ids_decode_tie(MESSAGE(link_eth0), &tie), 1);
        assert_int_equal(tie.link, 2);
        assert_int_equal(tie.id, 0);
        assert_true(tie.index > 0);
        assert_int_equal(rt_ids_decode_tie(MESSAGE(link_lo), &tie), 0);
        assert_int_equal(rt_ids_decode_tie(MESSAGE(address_inet), &tie), 0);
}

/* Cut anywhere: never a tie of what is not there. */
static void test_cut_short(void **state)
{
        for (size_t n = sizeof(struct nlmsghdr); n < MESSAGE(link_eth0)->nlmsg_len; n++) {
                struct nlmsghdr *copy = calloc(1, NLMSG_ALIGN(n));
                struct rt_tie tie;

                assert_non_null(copy);
                memcpy(copy, link_eth0, n);
                copy->nlmsg_len = (uint32_t)n;
                int r = rt_ids_decode_tie(copy, &tie);
                assert_true(r == -EBADMSG || r == 0 || (r == 1 && tie.id == 0));
                free(copy);
        }
}
#endif

static void test_questions(void **state)
{
        struct rt_ids c = RT_IDS_NULL;
        struct rt_ties ties = {};
        int old = test_netns_enter_new(), here = test_netns_here();
        struct rt_id_question q[] = {{.fd = old},
                                     {.fd = here},
                                     {.fd = -1, .pid = getpid()},
                                     {.fd = -1, .pid = 0x3fffffff}};

        assert_int_equal(rt_ids_open(&c), 0);
        assert_int_equal(rt_ids_list(&c, -1, 1 << 20, &ties), 0);
        assert_int_equal(ties.n, 0);
        assert_int_equal(rt_ids_ask(&c, q, ARRAY_SIZE(q)), 0);
        for (size_t i = 0; i < 3; i++) {
                assert_int_equal(q[i].r, 0);
                assert_int_equal(q[i].id, -1);
        }
        assert_int_equal(q[3].r, -ESRCH);
        /* Nobody has this number, and there is nothing to list. */
        assert_int_equal(rt_ids_alive(&c, 4711), 0);
        assert_true(rt_ids_list(&c, 4711, 1 << 20, &ties) < 0);
        /* After an error it goes on. */
        assert_int_equal(rt_ids_ask(&c, q, 1), 0);
        /* Too long an answer is no answer. */
        assert_int_equal(rt_ids_list(&c, -1, 1, &ties), -EFBIG);
        assert_int_equal(ties.n, 0);
        assert_int_equal(rt_ids_ask(&c, q, 1), 0);
        rt_ids_close(&c);
        assert_int_equal(rt_ids_ask(&c, q, 1), -EBADF);
        free(ties.list);
        (void)close(here);
        test_netns_leave(old);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
#if __BYTE_ORDER == __LITTLE_ENDIAN
                cmocka_unit_test(test_decode),
                cmocka_unit_test(test_cut_short),
#endif
                cmocka_unit_test(test_questions),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
