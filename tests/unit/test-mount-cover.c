/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What lies on top of a mount, from recorded lists of mounts. */

#include "inspect/mount-cover.h"

#include <stdio.h>
#include <string.h>

#include "recorded-proc.h"

#define ROOT  "20 1 254:0 / / rw shared:1 - ext4 /dev/vda rw\n"
#define NETNS "42 20 254:0 /run/netns /run/netns rw shared:2 - ext4 /dev/vda rw\n"
#define NAME  "50 42 0:4 net:[4026532177] /run/netns/blue rw shared:3 - nsfs nsfs rw\n"

/* The path that is mounted over, "" for none, "-" for an error. */
static void check(const char *mountinfo, const char *expected)
{
        char *cover = NULL;

        recorded_write("mountinfo", mountinfo, strlen(mountinfo));
        int r = mount_cover_find(recorded_root, 4026532177, "/run/netns/blue", &cover);
        recorded_remove("mountinfo");
        if (strcmp(expected, "-") == 0)
                assert_int_equal(r, -ENOENT);
        else
                assert_int_equal(r, 0);
        assert_string_equal(r < 0 ? "-" : cover ? cover : "", expected);
        free(cover);
}

static void test_covers(void **state)
{
        check(ROOT NETNS NAME, "");
        /* Beside it, and below it, is not on top of it. */
        check(ROOT NETNS NAME "51 42 0:9 / /run/netns/blu rw - tmpfs none rw\n", "");
        check(ROOT NETNS NAME "51 42 0:9 / /run/netns/bluer rw - tmpfs none rw\n", "");
        check(ROOT NETNS NAME "51 20 0:9 / /run/other rw - tmpfs none rw\n", "");
        /* On the directory, on one above it, on the name itself, on the root. */
        check(ROOT NETNS NAME "51 42 0:9 / /run/netns rw - tmpfs none rw\n", "/run/netns");
        check(ROOT NETNS NAME "51 20 0:9 / /run rw - tmpfs none rw\n", "/run");
        check(ROOT NETNS NAME "51 50 0:4 net:[7] /run/netns/blue rw - nsfs nsfs rw\n",
              "/run/netns/blue");
        check(ROOT NETNS NAME "51 20 0:9 / / rw - tmpfs none rw\n", "/");
        /* What is mounted on that is reached, but the name is not. */
        check(ROOT "51 20 0:9 / /run rw - tmpfs none rw\n" NETNS NAME
                   "52 51 0:9 / /run/netns rw - tmpfs none rw\n",
              "/run");
}

/* `ip netns add` below a /run/netns that was mounted over itself: a mount on each of the two. */
static void test_one_of_two_is_reached(void **state)
{
        check(ROOT NETNS "51 42 254:0 /run/netns /run/netns rw shared:2 - ext4 /dev/vda rw\n"
                         "60 51 0:4 net:[4026532177] /run/netns/blue rw shared:3 - nsfs nsfs rw\n"
                         "61 42 0:4 net:[4026532177] /run/netns/blue rw shared:3 - nsfs nsfs rw\n",
              "");
}

static void test_is_not_there(void **state)
{
        check("", "-");
        check(ROOT NETNS, "-");
        check(ROOT "50 20 0:4 net:[7] /run/netns/blue rw - nsfs nsfs rw\n", "-");
        check(ROOT "50 20 0:9 net:[4026532177] /run/netns/blue rw - tmpfs nsfs rw\n", "-");
}

/* Lists that the kernel never writes. */
static void test_odd_lists(void **state)
{
        check("50 50 0:4 net:[4026532177] /run/netns/blue rw - nsfs nsfs rw\n", "");
        check("50 51 0:4 net:[4026532177] /run/netns/blue rw - nsfs nsfs rw\n"
              "51 50 0:9 / /x rw - tmpfs none rw\n",
              "");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_covers),
                cmocka_unit_test(test_one_of_two_is_reached),
                cmocka_unit_test(test_is_not_there),
                cmocka_unit_test(test_odd_lists),
        };
        return cmocka_run_group_tests(tests, recorded_proc_make, recorded_proc_remove);
}
