/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One survey: all namespaces with their verdicts, and of those that no task is in, what refers to
 * them and how much of what the kernel counts that explains. */

#include "census/bpf/finder.h"
#include "census/bpf/known-owners.h"
#include "census/bpf/look.h"
#include "census/bpf/memory.h"
#include "census/bpf/search-budget.h"
#include "netns/visitors.h"

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
        /* Processes that only visit a namespace; NULL: none is known, and tasks of nsorphan count
         * like others. */
        struct visitors *visitors;
        bool is_frugal; /* searches keep to the budget */
        struct looker looker;
        struct finder finder;
        struct memory memory;
        struct known_owners owners;
        struct search_budget budget;
};

void surveyor_init(struct surveyor *s);
void surveyor_deinit(struct surveyor *s);

/* Whom the walks from here on tell that they get on; NULL: no one. */
void surveyor_watch(struct surveyor *s, struct scan_progress *progress);

/* Loads what every survey needs. 0, or as phase_load(). */
int surveyor_load(struct surveyor *s);

/* Before the surveys of one scan. @is_frugal: no more is looked for in them than what owners have
 * left of the budget; one that may be looked for then, may be so in all of them. */
void surveyor_begin(struct surveyor *s, bool is_frugal);

/* Makes one; @survey is empty, and has the result. @list_tasks as of looker_look(). 0, or as
 * phase_walk(): then nothing is known. */
int surveyor_survey(struct surveyor *s, bool list_tasks, struct survey *survey);

/* Charges the owner of @t for what was done to look at its holders. */
void surveyor_charge(struct surveyor *s, const struct survey *survey, const struct tracked *t,
                     uint64_t nsec);
