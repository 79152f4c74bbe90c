/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "varlink/turn.h"

#include "test-varlink.h"

#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "util/clock.h"

/* What a step takes. */
#define STEP_USEC 200

struct waiter {
        struct turn turn;
        struct turns *turns;
        unsigned again; /* so many more steps */
        unsigned taken;
        unsigned last; /* the number of its last step, among all */
};

static unsigned steps;

static void busy(uint64_t usec)
{
        uint64_t end = clock_nsec(CLOCK_THREAD_CPUTIME_ID) + usec * NSEC_PER_USEC;
        while (clock_nsec(CLOCK_THREAD_CPUTIME_ID) < end)
                ;
}

static void on_step(void *userdata)
{
        struct waiter *w = userdata;

        w->taken++;
        w->last = ++steps;
        busy(STEP_USEC);
        if (w->again > 0) {
                w->again--;
                turns_add(w->turns, &w->turn, true);
        }
}

static void begin(struct turns *turns, sd_event **ret_event)
{
        steps = 0;
        assert_true(sd_event_new(ret_event) >= 0);
        assert_int_equal(turns_init(turns, *ret_event, on_step, NULL, NULL), 0);
}

static void end(struct turns *turns, sd_event *event)
{
        turns_deinit(turns);
        turns_deinit(turns);
        sd_event_unref(event);
}

static void wait_again(struct turns *turns, struct turn_user *user, struct waiter *w,
                       unsigned again)
{
        assert_non_null(user);
        assert_non_null(w);
        w->turn.user = user;
        w->turn.userdata = w;
        w->turns = turns;
        w->again = again;
        turns_add(turns, &w->turn, false);
}

/* Who comes, asks and waits is next, however many have more to do; of another user and of the same.
 */
static void test_the_rare_one_is_next(void **state)
{
        struct turn_user many = {}, other = {};
        struct waiter crowd[50] = {}, same_user = {}, other_user = {};
        struct turns turns;
        sd_event *event;

        begin(&turns, &event);
        for (size_t i = 0; i < ARRAY_SIZE(crowd); i++)
                wait_again(&turns, &many, &crowd[i], 1000);
        for (unsigned i = 0; i < 500; i++)
                assert_true(turns_take(&turns));
        for (size_t i = 0; i < ARRAY_SIZE(crowd); i++)
                assert_in_range(crowd[i].taken, 8, 13);

        /* Again and again, not only the first time. */
        for (unsigned i = 0; i < 50; i++) {
                unsigned before = steps;
                wait_again(&turns, &many, &same_user, 0);
                wait_again(&turns, &other, &other_user, 0);
                for (unsigned k = 0; k < 4; k++)
                        assert_true(turns_take(&turns));
                assert_in_range(same_user.last, before + 1, before + 3);
                assert_in_range(other_user.last, before + 1, before + 3);
        }

        /* With much to do, the other user has half of the turns, not more. */
        other_user.taken = 0;
        wait_again(&turns, &other, &other_user, 1000);
        for (unsigned i = 0; i < 200; i++)
                assert_true(turns_take(&turns));
        assert_in_range(other_user.taken, 60, 140);
        end(&turns, event);
}

/* Those who come all the time leave one turn in four to the others of the same user. */
static void test_the_rest_is_served_too(void **state)
{
        struct turn_user user = {};
        struct waiter busy_one = {}, fresh[4] = {};
        struct turns turns;
        sd_event *event;

        begin(&turns, &event);
        wait_again(&turns, &user, &busy_one, 1000);
        assert_true(turns_take(&turns));
        for (unsigned i = 0; i < 100; i++) {
                for (size_t k = 0; k < ARRAY_SIZE(fresh); k++)
                        wait_again(&turns, &user, &fresh[k], 0);
                assert_true(turns_take(&turns));
        }
        assert_in_range(busy_one.taken, 20, 30);
        /* And the first come is the first served. */
        for (size_t k = 0; k < ARRAY_SIZE(fresh); k++)
                assert_in_range(fresh[k].taken, 15, 25);
        end(&turns, event);
}

static void test_remove(void **state)
{
        struct turn_user user = {};
        struct waiter a = {}, b = {};
        struct turns turns;
        sd_event *event;

        begin(&turns, &event);
        wait_again(&turns, &user, &a, 0);
        wait_again(&turns, &user, &a, 0);
        wait_again(&turns, &user, &b, 0);
        turns_remove(&turns, &a.turn);
        turns_remove(&turns, &a.turn);
        assert_true(turns_take(&turns));
        assert_false(turns_take(&turns));
        assert_int_equal(a.taken, 0);
        assert_int_equal(b.taken, 1);
        turns_forget_user(&turns, &user);
        end(&turns, event);
}

static void on_last_step(void *userdata)
{
        struct waiter *w = userdata;

        turns_remove(w->turns, &w->turn);
        turns_forget_user(w->turns, w->turn.user);
        free(w->turn.user);
        free(w);
}

/* A step that frees what it is for. */
static void test_gone_in_its_own_step(void **state)
{
        struct turn_user *user = calloc(1, sizeof(*user));
        struct waiter *w = calloc(1, sizeof(*w));
        struct turns turns;
        sd_event *event;

        begin(&turns, &event);
        turns.step = on_last_step;
        wait_again(&turns, user, w, 0);
        assert_true(turns_take(&turns));
        assert_false(turns_take(&turns));
        end(&turns, event);
}

static int on_io(sd_event_source *s, int fd, uint32_t revents, void *userdata)
{
        ++*(unsigned *)userdata;
        return 0;
}

/* Neither steps nor other events keep the other from happening. */
static void test_alternates_with_other_events(void **state)
{
        struct turn_user user = {};
        struct waiter w = {};
        struct turns turns;
        sd_event_source *io = NULL;
        sd_event *event;
        unsigned n_io = 0;
        int fds[2];

        begin(&turns, &event);
        assert_int_equal(pipe(fds), 0);
        assert_int_equal(write(fds[1], "x", 1), 1);
        /* Always readable, as a client is who never stops. */
        assert_true(sd_event_add_io(event, &io, fds[0], EPOLLIN, on_io, &n_io) >= 0);
        wait_again(&turns, &user, &w, 1000);
        for (unsigned i = 0; i < 200; i++)
                assert_true(sd_event_run(event, 0) > 0);
        assert_in_range(n_io, 80, 120);
        assert_in_range(w.taken, 80, 120);
        /* With nothing waiting the loop sleeps. */
        turns_remove(&turns, &w.turn);
        (void)sd_event_source_set_enabled(io, SD_EVENT_OFF);
        (void)sd_event_run(event, 0);
        assert_int_equal(sd_event_run(event, 0), 0);
        sd_event_source_unref(io);
        (void)close(fds[0]);
        (void)close(fds[1]);
        end(&turns, event);
}

struct sweeper {
        unsigned n;
};

static void on_sweep(void *userdata)
{
        struct sweeper *s = userdata;
        s->n++;
}

/* Sweeping waits for nobody's turn. */
static void test_sweep(void **state)
{
        struct turn_user user = {};
        struct waiter w = {};
        struct sweeper sweeper = {};
        struct turns turns;
        sd_event *event;

        assert_true(sd_event_new(&event) >= 0);
        assert_int_equal(turns_init(&turns, event, on_step, on_sweep, &sweeper), 0);
        assert_int_equal(sd_event_run(event, 0), 0);
        assert_int_equal(sweeper.n, 0);
        turns_wake(&turns);
        assert_true(sd_event_run(event, 0) > 0);
        assert_in_range(sweeper.n, 1, 2);
        wait_again(&turns, &user, &w, 0);
        sweeper.n = 0;
        assert_true(sd_event_run(event, 0) > 0);
        assert_int_equal(sweeper.n, 2);
        assert_int_equal(w.taken, 1);
        (void)sd_event_run(event, 0);
        assert_int_equal(sd_event_run(event, 0), 0);
        end(&turns, event);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_the_rare_one_is_next),
                cmocka_unit_test(test_the_rest_is_served_too),
                cmocka_unit_test(test_remove),
                cmocka_unit_test(test_gone_in_its_own_step),
                cmocka_unit_test(test_sweep),
                cmocka_unit_test(test_alternates_with_other_events),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
