/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One survey: all namespaces with their verdicts, and of those that no task is in, what refers to
 * them and how much of what the kernel counts that explains. */

#include "census/bpf/finder.h"
#include "census/bpf/look.h"

struct survey {
        struct look look;
        struct tracked *tracked; /* of the namespaces no task is in; sorted by address */
        size_t n_tracked;
        unsigned looks; /* 1, or more where something was new */
        bool searched;  /* holders were looked for, not only remembered */
};

void survey_deinit(struct survey *s);
/* What is known of the namespace at this address, NULL when a task is in it. */
const struct tracked *survey_find(const struct survey *s, uint64_t net);

/* What is kept from one survey to the next: the programs, and what was found out of namespaces that
 * have not changed since. */
struct surveyor {
        /* Whether a process only visits the namespace, by its inode number and cookie; NULL: none
         * is known, and tasks of nsorphan count like others. */
        bool (*visits)(pid_t pid, uint64_t inode, uint64_t cookie, void *userdata);
        void *visits_userdata;
        struct looker looker;
        struct finder finder;
        struct remembered *remembered; /* sorted by cookie */
        size_t n_remembered;
};

void surveyor_init(struct surveyor *s);
void surveyor_deinit(struct surveyor *s);

/* Whom the walks from here on tell that they get on; NULL: no one. */
void surveyor_watch(struct surveyor *s, struct scan_progress *progress);

/* Loads what every survey needs. 0, or as phase_load(). */
int surveyor_load(struct surveyor *s);

/* Makes one; @survey is empty, and has the result. @list_tasks as of looker_look(). 0, or as
 * phase_walk(): then nothing is known. */
int surveyor_survey(struct surveyor *s, bool list_tasks, struct survey *survey);

/* Keeps what @h says of having been checked, as long as the rest of it is remembered. */
void surveyor_note(struct surveyor *s, uint64_t cookie, const struct found_holder *h);

/* Drops what is remembered of the holders of this namespace: they were not where they were found.
 */
void surveyor_forget(struct surveyor *s, uint64_t cookie);
