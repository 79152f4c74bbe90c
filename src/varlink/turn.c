/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "varlink/turn.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <utlist.h>

#include "util/clock.h"

/* How long turns are taken in one event. With one turn in each, those who are accepted, several in
 * an event, come faster than they have their turn, and fill the server. */
#define TURNS_NSEC (200 * NSEC_PER_USEC)

static void sweep(struct turns *turns)
{
        if (turns->sweep)
                turns->sweep(turns->sweep_userdata);
}

static int on_turn(sd_event_source *s, int fd, uint32_t revents, void *userdata)
{
        struct turns *turns = userdata;

        uint64_t end = clock_nsec(CLOCK_MONOTONIC) + TURNS_NSEC;

        do {
                sweep(turns);
                (void)turns_take(turns);
                sweep(turns);
        } while (turns->waiting && clock_nsec(CLOCK_MONOTONIC) < end);
        if (!turns->waiting)
                (void)sd_event_source_set_enabled(turns->source, SD_EVENT_OFF);
        return 0;
}

int turns_init(struct turns *turns, sd_event *event, void (*step)(void *userdata),
               void (*sweep_all)(void *userdata), void *userdata)
{
        /* Never read, so that it stays readable. */
        *turns = (struct turns){.step = step,
                                .sweep = sweep_all,
                                .sweep_userdata = userdata,
                                .fd = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK)};
        if (turns->fd < 0)
                return negative_errno();
        int r = sd_event_add_io(event, &turns->source, turns->fd, EPOLLIN, on_turn, turns);
        if (r >= 0)
                r = sd_event_source_set_enabled(turns->source, SD_EVENT_OFF);
        if (r < 0)
                turns_deinit(turns);
        return r;
}

void turns_deinit(struct turns *turns)
{
        turns->source = sd_event_source_disable_unref(turns->source);
        turns->fd = fd_close(turns->fd);
}

static bool has_waiting(const struct turn_user *user)
{
        return user->fresh || user->rest;
}

void turns_add(struct turns *turns, struct turn *turn, bool rest)
{
        struct turn_user *user = turn->user;

        if (turn->waits)
                return;
        if (!has_waiting(user)) {
                user->used = MAX(user->used, turns->least);
                DL_APPEND(turns->waiting, user);
        }
        turn->waits = true;
        turn->list = rest ? &user->rest : &user->fresh;
        DL_APPEND(*turn->list, turn);
        turns_wake(turns);
}

void turns_wake(struct turns *turns)
{
        /* Only fails for want of memory in the kernel, with the source as it was: the next one who
         * waits tries again. */
        (void)sd_event_source_set_enabled(turns->source, SD_EVENT_ON);
}

void turns_remove(struct turns *turns, struct turn *turn)
{
        struct turn_user *user = turn->user;

        if (!turn->waits)
                return;
        turn->waits = false;
        DL_DELETE(*turn->list, turn);
        if (!has_waiting(user))
                DL_DELETE(turns->waiting, user);
}

void turns_forget_user(struct turns *turns, struct turn_user *user)
{
        if (turns->current == user)
                turns->current = NULL;
}

/* How many fresh ones go before one of the rest. */
#define FRESH_MAX 3u

static struct turn *next_turn(const struct turns *turns)
{
        struct turn_user *user, *best = turns->waiting;

        if (!best)
                return NULL;
        DL_FOREACH(turns->waiting, user)
        if (user->used < best->used)
                best = user;
        if (best->fresh && (!best->rest || best->n_fresh < FRESH_MAX)) {
                best->n_fresh++;
                return best->fresh;
        }
        best->n_fresh = 0;
        return best->rest;
}

bool turns_take(struct turns *turns)
{
        struct turn *turn = next_turn(turns);

        if (!turn)
                return false;
        turns->current = turn->user;
        turns->least = turn->user->used;
        turns_remove(turns, turn);
        /* Not the time that passes: on a busy host most of that is others'. */
        uint64_t begin = clock_nsec(CLOCK_THREAD_CPUTIME_ID);
        turns->step(turn->userdata);
        if (turns->current)
                turns->current->used += clock_nsec(CLOCK_THREAD_CPUTIME_ID) - begin + 1;
        turns->current = NULL;
        return true;
}
