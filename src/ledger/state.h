/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The state file: the ledger and its outbox across restarts of the daemon, within one boot.
 *
 * JSON, with a version, the boot id, the pid namespace's inode (pids of another one mean nothing
 * here) and a checksum over the rest. Replaced whole: a temporary file, fsync, rename, fsync of
 * the directory. Whoever is killed at any point leaves the old file or the new one. */

#include "ledger/ledger.h"
#include "util/error.h"

struct ledger_state_file;

/* What ledger_state_load() found. */
enum ledger_state_found {
        LEDGER_STATE_ABSENT,     /* no file: a first start */
        LEDGER_STATE_LOADED,     /* the ledger holds what the file held */
        LEDGER_STATE_OTHER_BOOT, /* void: of an earlier boot or another pid namespace */
        LEDGER_STATE_SET_ASIDE,  /* damaged; renamed to PATH.damaged; @error is a warning */
        LEDGER_STATE_UNREADABLE, /* could not be read or set aside; @error is a warning */
};

/* @path is copied; its directory must exist when saving. 0, -ENOMEM, or the errno of reading the
 * boot id. */
int ledger_state_file_new(struct ledger_state_file **ret, const char *path, struct error *error);
struct ledger_state_file *ledger_state_file_free(struct ledger_state_file *f);
DEFINE_CLEANUP(struct ledger_state_file *, ledger_state_file_free);

/* Fills the (empty) ledger. Returns enum ledger_state_found, or -ENOMEM. Whatever it is, the daemon
 * runs on: all but LOADED leave the ledger empty. */
int ledger_state_load(struct ledger_state_file *f, struct ledger *l, struct error *error);

/* Writes the file if something changed since it was last written or loaded, else does nothing.
 * 1 when written, 0 when there was nothing to do, or a negative errno with the sentence (the old
 * file stays as it was). */
int ledger_state_save(struct ledger_state_file *f, const struct ledger *l, struct error *error);

/* The parser alone, for tests and the fuzzer: -EBADMSG with the sentence for anything that is not
 * exactly a state file of this version, -ESTALE for one of another boot or pid namespace. Fills
 * the ledger only when it returns 0. */
int ledger_state_parse(struct ledger *l, const char *bytes, size_t n_bytes, const char *boot_id,
                       uint64_t pid_namespace, struct error *error);
/* The same text that ledger_state_save() writes; new string, NULL when out of memory. */
char *ledger_state_format(const struct ledger *l, const char *boot_id, uint64_t pid_namespace,
                          size_t *ret_size);
