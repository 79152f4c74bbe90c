/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Whose each namespace is: what the tasks in it were, remembered for when none is in it any more.
 *
 * Filled while tasks are in a namespace: each census says which ones have tasks, and of those that
 * are new the caller finds out what they are (a container, a unit) and notes it. A namespace that
 * lived for less than the time between two scans has no history. Pure memory: reads no clock and no
 * file. */

#include "census/census.h"
#include "util/fair-share.h"

/* How many namespaces are remembered, some 300 bytes each: of one user (uid that the namespace is
 * charged to; root's have no limit of their own) no more than: */
#define HISTORY_MAX      8192
#define HISTORY_EACH_MAX 1024

/* What a task of the namespace was. Every string is escaped; NULL: none, or not known. */
struct history_facts {
        char *manager;   /* of its container: "podman"; NULL when it was in none */
        char *container; /* the container's id or name, from the control group */
        char *name;      /* what people call the container: from the manager's own state */
        char *pod;       /* uid of the Kubernetes pod */
        char *unit;      /* systemd unit */
        char *command;   /* comm of the first task that was seen in it */
        bool claimed;    /* the process, or a user, may have chosen manager and container itself */
};

struct history_entry {
        struct netns_identity id;
        uid_t uid;                /* whom it is charged to */
        pid_t task;               /* in it: the task that the facts are of; 0 when none is known */
        uint64_t first_seen_usec; /* CLOCK_REALTIME of the first census that saw a task in it */
        uint64_t last_seen_usec;  /* of the last one that did */
        bool attached;            /* the last census saw a task in it */
        bool present;             /* the last complete census had it at all */
        bool noted;               /* the facts are there */
        struct history_facts facts;
};

struct history {
        struct history_entry *entries; /* sorted by inode, then cookie */
        size_t n, room;
        uint64_t refused; /* namespaces that there was no room for, ever */
};

/* Holds @census against what is known. Namespaces whose end is proved (they are absent from a
 * census that is complete for tasks, and @keep, asked for each, does not want them) are forgotten.
 * @now_usec is of CLOCK_REALTIME. Returns whether something changed that outlives the daemon: a
 * namespace came, went, or lost its last task. Out of memory, what is new is left for the next
 * census. */
bool history_update(struct history *h, const struct census *census, uint64_t now_usec,
                    bool (*keep)(const struct netns_identity *id, void *userdata), void *userdata);

/* The next entry behind @after (NULL: the first) that has a task and no facts, or NULL: what is to
 * be looked up. */
const struct history_entry *history_next(const struct history *h,
                                         const struct history_entry *after);

/* Notes @facts for the namespace @id, and takes its strings, shortened (text_shorten()). All NULL
 * where the task had ended: the next census names another. Nothing happens when @id is not known.
 */
void history_note(struct history *h, const struct netns_identity *id, struct history_facts *facts);

/* What is known of @id, or NULL. An entry without facts is none. */
const struct history_entry *history_find(const struct history *h, const struct netns_identity *id);

/* Adds an entry that was read from the state file, and takes its strings. They come in order:
 * 0, -EBADMSG when this one does not, -ENOSPC or -ENOMEM. */
int history_load(struct history *h, struct history_entry *entry);

/* Whether there are any. */
bool history_facts_known(const struct history_facts *f);

/* 0, or -ENOMEM with *ret empty. */
int history_facts_copy(struct history_facts *ret, const struct history_facts *from);
void history_facts_clear(struct history_facts *f);
void history_deinit(struct history *h);
