/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What `release` leaves alone. */

#include "inspect/process-facts.h"
#include "util/error.h"

/* Refuses, with a clause that goes on from "it " and -EPERM: a process that others depend on, or a
 * program of another architecture. @process_fd is its directory. */
int release_guard_process(const struct process *p, int process_fd, struct error *error);

/* Says why a file of the process in /proc was not opened: it has ended, or something else went
 * wrong. A negative errno with the clause. */
int release_guard_open_failed(int errnum, struct error *error);

/* Refuses a thread that is stopped, traced, or has a filter for its system calls. The same. */
int release_guard_thread(const struct proc_status *status, struct error *error);

/* Refuses a file that somebody waits for by epoll(7) among the open files of the task @tid, and a
 * socket that listens. @file is a duplicate of it, as the task's @fd. The same. */
int release_guard_file(int process_fd, pid_t tid, int fd, int file, struct error *error);

/* Why what holds a namespace by another way than an open file cannot be replaced, and what would
 * help: a clause that goes on from "it "; NULL for an open socket or namespace file. */
const char *release_guard_kind(const struct holder *h);
