/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Takes the ledger's reports to the journal so that a kill -9 at any point loses none and repeats
 * none.
 *
 * A report gets its own random id (field NETNS_REPORT_ID) when the ledger makes it, and is saved in
 * the state file with the change it is about *before* it is sent; it leaves the file only after.
 * Killed between the two, the next start finds it there and cannot know whether it was sent. So
 * it writes a marker entry of its own into the journal and waits until it can read it back: the
 * journal's socket is one queue, so whatever was sent before the marker is readable too, and each
 * doubtful report is either found by its id or sent now. Exactly once, then, wherever the journal
 * can be read back; where not (no permission, Storage=none, a marker that does not appear within
 * DELIVERY_MARKER_USEC), at least once, with the same NETNS_REPORT_ID both times.
 *
 * While journald is away or its queue is full, reports wait in the outbox (and in the state file)
 * and are sent in order later. The loop's thread never waits for journald but in
 * delivery_start(). */

#include "ledger/ledger.h"
#include "ledger/state.h"
#include "util/error.h"

struct delivery;

#define DELIVERY_MARKER_USEC (3 * USEC_PER_SEC)
/* A save that takes longer is taken for one that failed: what is to be told is told all the same.
 */
#define DELIVERY_SAVE_USEC (10 * USEC_PER_SEC)
#define DELIVERY_END_USEC  (2 * USEC_PER_SEC)
/* Ask again so often while something waits: what delivery_run() returned is positive. */
#define DELIVERY_RETRY_USEC (5 * USEC_PER_SEC)

/* @state_path NULL: no state is kept (--once). Keeps @ledger, which must outlive it.
 * 0 or a negative errno with the sentence. */
int delivery_new(struct delivery **ret, struct ledger *ledger, const char *state_path,
                 struct error *error);
struct delivery *delivery_free(struct delivery *d);
DEFINE_CLEANUP(struct delivery *, delivery_free);

/* Gets every report once when it is made, as a sentence: for a daemon run by hand, whose operator
 * looks at stderr. */
typedef void (*delivery_echo_fn)(int priority, const char *sentence, void *userdata);
void delivery_set_echo(struct delivery *d, delivery_echo_fn echo, void *userdata);

/* Loads the state into the ledger and finishes what a crash interrupted. Once, before the first
 * scan; may wait up to DELIVERY_MARKER_USEC, only after a crash. Returns enum ledger_state_found,
 * with the warning to log in @error when it is SET_ASIDE or UNREADABLE, or -ENOMEM. */
int delivery_start(struct delivery *d, struct error *error);

/* Saves the state if it changed and sends what waits, as far as that is saved. To be called after
 * every call that makes changes, whenever delivery_fd() is readable, and every DELIVERY_RETRY_USEC
 * while it returned more than 0.
 *
 * Returns how many reports still wait, for the state file or for the journal; 1 when none does, but
 * the state cannot be saved (0: all is done, or the state is being saved). What went
 * wrong is in @error (its text empty when nothing): state that cannot be saved (alerts are sent
 * all the same) or a journal that is away. The same sentence comes again only after it had been
 * well in between, so the caller can simply log a warning when there is one. */
int delivery_run(struct delivery *d, struct error *error);

/* Readable when a save has ended; -EBADF where no state is kept. */
int delivery_fd(const struct delivery *d);

/* At the end: goes on until all is saved and sent, or the journal takes no more, but no longer than
 * DELIVERY_END_USEC. */
void delivery_finish(struct delivery *d);
