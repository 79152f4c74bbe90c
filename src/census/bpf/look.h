/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* All network namespaces and all tasks: every verdict, without a look at any file. */

#include "census/bpf/phase.h"
#include "census/census.h"
#include "util/error.h"

struct look_net {
        struct net_record record;
        uint64_t tasks;   /* threads in it */
        uint64_t lookers; /* of them are of nsorphan, and only look */
        unsigned proxies; /* nsproxies that they share */
        enum verdict verdict;
};

struct look {
        struct look_net *nets; /* sorted by address; none that is being torn down */
        size_t n_nets, room;
        struct netns_identity *dying; /* those being torn down */
        size_t n_dying, room_dying;
        uint64_t processes, threads;
};

/* The two programs, loaded as long as there is a source. */
struct looker {
        struct phase namespaces, tasks;
};

void looker_init(struct looker *l);
void looker_deinit(struct looker *l);

/* Loads both. 0, or as phase_load(). */
int looker_load(struct looker *l);

/* One look. @list_tasks: keep which tasks there are, until the next. 0, or as phase_walk(): then
 * nothing is known. */
int looker_look(struct looker *l, bool list_tasks, struct look *look);
void look_deinit(struct look *look);

/* The namespace at this address, NULL for none. */
struct look_net *look_find(const struct look *look, uint64_t net);

/* After a look that lists tasks: leaves those out of the verdicts that only look: processes of
 * nsorphan, and those that @visits says so of. A namespace with more than LOOK_FEW tasks has others
 * than visitors. */
#define LOOK_FEW 16
void looker_leave_out(struct looker *l, struct look *look,
                      bool (*visits)(const struct look_net *ns, pid_t pid, void *userdata),
                      void *userdata);

/* After a look that lists tasks: calls @fn for each. The first negative result ends it. */
int looker_foreach_task(struct looker *l, const struct look *look,
                        int (*fn)(const struct look_net *ns, const struct task_record *task,
                                  void *userdata),
                        void *userdata);
