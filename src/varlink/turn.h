/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Whose turn it is: a fair share of the loop's time for each user, and of the user's
 * turns for each connection.
 *
 * What has a step to make waits for its turn. The next turn is that of the user with the least CPU
 * time. A user that comes after a pause begins where the others are, and has nothing saved up. Of
 * one user's connections, a new call goes before what has had a turn and is not through (more calls
 * in one message, more of a stream), three times out of four; else the first one goes first. So a
 * client that asks, and waits for the answer, waits for a step or two of others, however many wait.
 *
 * Turns, some hundred microseconds of them, alternate with the loop's other events of the same
 * priority. They are events of an fd that can always be read, not those of a defer source: sd-event
 * serves first what is pending longest, and for a defer source that is armed again this time does
 * not begin anew. It would win over all I/O for as long as anything waits. */

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

struct turn;

/* Zero-initialise. */
struct turn_user {
        uint64_t used;             /* nanoseconds: of his turns, and of pauses */
        struct turn *fresh, *rest; /* what waits, the first one first */
        unsigned n_fresh;          /* so many fresh ones had a turn since the last of the rest */
        struct turn_user *prev, *next; /* among those with something waiting */
};

/* Something that has steps to make. Zero-initialise but for @user and @userdata. */
struct turn {
        struct turn_user *user;
        void *userdata;
        bool waits;
        struct turn **list;       /* the user's that it waits in */
        struct turn *prev, *next; /* in there */
};

struct turns {
        void (*step)(void *userdata);
        void (*sweep)(void *userdata);
        void *sweep_userdata;
        int fd;
        sd_event_source *source;
        struct turn_user *waiting;
        uint64_t least;
        struct turn_user *current; /* whose step runs; NULL when he has been forgotten meanwhile */
};

/* @step makes one step of what its argument belongs to. @sweep (with @userdata; may be NULL) is
 * called before and after each step and after turns_wake(): for what costs next to nothing and
 * waits for no turn. 0 or a negative errno. */
int turns_init(struct turns *turns, sd_event *event, void (*step)(void *userdata),
               void (*sweep)(void *userdata), void *userdata);

/* May be repeated. */
void turns_deinit(struct turns *turns);

/* @turn waits, from now on or still: its step is made once. @rest: of something it had a turn for
 * already. */
void turns_add(struct turns *turns, struct turn *turn, bool rest);

/* There is something to sweep. */
void turns_wake(struct turns *turns);

/* It does not wait, or not any more; its memory may go. */
void turns_remove(struct turns *turns, struct turn *turn);

/* Before his memory goes: nothing of his waits. */
void turns_forget_user(struct turns *turns, struct turn_user *user);

/* Makes the step of the next one; false when none waits. For the loop and tests. */
bool turns_take(struct turns *turns);
