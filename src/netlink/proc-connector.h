/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The kernel's proc connector (Documentation/driver-api/connector.rst): an event for every fork and
 * exit on the host. Only what the filter lets through reaches us at all. */

#include <sys/types.h>

#include "netlink/exit-filter.h"
#include "util/error.h"

struct proc_connector;

enum proc_event_kind {
        PROC_EVENT_OF_FORK, /* pid: the parent's thread */
        PROC_EVENT_OF_EXIT, /* pid: the thread that exits */
};

struct proc_connector_event {
        enum proc_event_kind kind;
        pid_t pid;
};

/* Subscribes, with a filter that lets nothing through yet, and waits (a second at most) for the
 * kernel to say so. 0, or with the sentence: -EPERM without CAP_NET_ADMIN (before Linux 6.6);
 * -EOPNOTSUPP where the kernel has no connector or does not answer, as it does not outside the
 * initial user, pid and network namespaces; another negative errno. */
int proc_connector_new(struct proc_connector **ret, struct error *error);
struct proc_connector *proc_connector_free(struct proc_connector *p);
DEFINE_CLEANUP(struct proc_connector *, proc_connector_free);

/* To be polled for input; owned by @p. */
int proc_connector_fd(const struct proc_connector *p);

/* Replaces the filter. What passed the old one may still be waiting. 0 or a negative errno. */
int proc_connector_filter(struct proc_connector *p, const struct exit_filter *filter);

/* The next event. 1, 0 when none waits (or too much else does: poll again), -ENOBUFS when the
 * kernel has dropped some (go on reading), or another negative errno: the subscription is of no use
 * any more. */
int proc_connector_next(struct proc_connector *p, struct proc_connector_event *ret);
