/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The state file: the ledger and its outbox across restarts of the daemon, within one boot.
 *
 * JSON, with a version, the boot id, the pid namespace's inode (pids of another one mean nothing
 * here) and a checksum over the rest. Replaced whole: a temporary file, fsync, rename, fsync of
 * the directory. A daemon that is killed at any point leaves the old file or the new one.
 *
 * It is written by a thread of its own, so that a slow disk delays nobody: the loop makes the text,
 * hands it over, and hears of the end through a file descriptor. One write at a time. */

#include "ledger/ledger.h"
#include "util/error.h"

struct ledger_state_file;

/* What ledger_state_load() found. */
enum ledger_state_found {
        LEDGER_STATE_ABSENT,     /* no file: a first start */
        LEDGER_STATE_LOADED,     /* the ledger holds what the file held */
        LEDGER_STATE_OTHER_BOOT, /* void: of an earlier boot or another pid namespace */
        LEDGER_STATE_SET_ASIDE,  /* damaged; renamed to PATH.damaged; @error is a warning */
        LEDGER_STATE_UNREADABLE, /* cannot be read or set aside; @error is a warning */
};

/* @path is copied; its directory must exist when saving. 0, -ENOMEM, or the errno of reading the
 * boot id. */
int ledger_state_file_new(struct ledger_state_file **ret, const char *path, struct error *error);
struct ledger_state_file *ledger_state_file_free(struct ledger_state_file *f);
DEFINE_CLEANUP(struct ledger_state_file *, ledger_state_file_free);

/* Fills the (empty) ledger. Returns enum ledger_state_found, or -ENOMEM. Whatever it is, the daemon
 * runs on: all but LOADED leave the ledger empty. */
int ledger_state_load(struct ledger_state_file *f, struct ledger *l, struct error *error);

/* What became of a save. */
enum ledger_state_saving {
        LEDGER_STATE_SAVED,  /* the file holds all there is */
        LEDGER_STATE_SAVING, /* a thread writes what there is now, or was a moment ago */
};

/* Takes note of a write that has ended, and begins one if something changed since it began. Returns
 * enum ledger_state_saving, or a negative errno with the sentence when the last write failed (the
 * old file stays as it was) or none can begin: then the next call tries again. Never waits. */
int ledger_state_save(struct ledger_state_file *f, const struct ledger *l, struct error *error);

/* Readable when a write has ended: then ledger_state_save() is to be called. */
int ledger_state_fd(const struct ledger_state_file *f);

/* The changes up to this number are in the file. */
uint64_t ledger_state_saved_sequence(const struct ledger_state_file *f);

/* For how long the write that is under way has been; 0 when none is. */
uint64_t ledger_state_saving_usec(const struct ledger_state_file *f);

/* Saves, and waits until that is done, but no longer than @timeout_usec. As ledger_state_save(). */
int ledger_state_flush(struct ledger_state_file *f, const struct ledger *l, uint64_t timeout_usec,
                       struct error *error);
