/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Censuses made by hand, for tests of what is built on them. */

#include <string.h>
#include <sys/socket.h>

#include "census/census.h"

static inline struct census *test_census(void)
{
        struct census *c = calloc(1, sizeof(*c));
        c->cookies = true;
        c->coverage.complete = c->coverage.tasks_complete = true;
        return c;
}

static inline struct process *test_process(struct census *c, pid_t pid, uint64_t start,
                                           const char *comm, const char *unit)
{
        struct process *p;

        for (size_t i = 0; i < c->n_processes; i++)
                if (c->processes[i]->pid == pid)
                        return c->processes[i];
        p = calloc(1, sizeof(*p));
        *p = (struct process){pid, start, comm ? strdup(comm) : NULL, unit ? strdup(unit) : NULL};
        c->processes = reallocarray(c->processes, c->n_processes + 1, sizeof(*c->processes));
        c->processes[c->n_processes++] = p;
        return p;
}

static inline struct netns *test_netns(struct census *c, uint64_t inode, uint64_t cookie,
                                       enum verdict verdict)
{
        c->namespaces = reallocarray(c->namespaces, c->n_namespaces + 1, sizeof(*c->namespaces));
        c->namespaces[c->n_namespaces] =
                (struct netns){.id = {inode, cookie, {}}, .verdict = verdict};
        return &c->namespaces[c->n_namespaces++];
}

static inline struct holder test_socket(struct process *p, int fd, uint64_t socket_inode)
{
        return (struct holder){
                .kind = HOLDER_SOCKET,
                .pid = p->pid,
                .tid = p->pid,
                .fd = fd,
                .socket_inode = socket_inode,
                .family = AF_NETLINK,
                .type = SOCK_RAW,
                .protocol = 0,
                .process = p,
        };
}

static inline void test_hold(struct netns *ns, struct holder h)
{
        ns->count[h.kind]++;
        h.process = process_ref(h.process);
        ns->holders = reallocarray(ns->holders, ns->n_holders + 1, sizeof(*ns->holders));
        ns->holders[ns->n_holders++] = h;
}

/* An orphan with one netlink socket of "leaker" (pid @pid, start @pid × 10, fd 3, socket inode
 * @pid + 5000). */
static inline struct netns *test_orphan(struct census *c, uint64_t inode, uint64_t cookie,
                                        pid_t pid)
{
        struct process *p = test_process(c, pid, (uint64_t)pid * 10, "leaker", "leaker.service");
        struct netns *ns = test_netns(c, inode, cookie, VERDICT_ORPHANED);
        test_hold(ns, test_socket(p, 3, (uint64_t)pid + 5000));
        return ns;
}

static inline void test_blind(struct census *c, pid_t pid, enum coverage_gap gap)
{
        c->blind = reallocarray(c->blind, c->n_blind + 1, sizeof(*c->blind));
        c->blind[c->n_blind++] = (struct blind_process){pid, (uint64_t)pid * 10, 1U << gap};
        c->coverage.gaps[gap].count++;
        if (c->coverage.gaps[gap].count == 1)
                c->coverage.gaps[gap].first_pid = pid;
        c->coverage.complete = false;
        c->coverage.unreadable_processes++;
}

/* What the kernel said of a namespace that the census has not. */
static inline void test_absent(struct census *c, uint64_t inode, uint64_t cookie,
                               enum netns_presence presence)
{
        c->absent = reallocarray(c->absent, c->n_absent + 1, sizeof(*c->absent));
        c->absent[c->n_absent++] = (struct absent_netns){{inode, cookie, {}}, presence};
}
