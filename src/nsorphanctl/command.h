/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Another program, run as a child: it gets our arguments, environment, files, signal mask and
 * handling as we got them. */

#include <sys/types.h>

#include "util/error.h"

/* As env(1), nohup(1) and shells: it cannot be run, or was not found. */
#define COMMAND_EXIT_CANNOT_RUN 126
#define COMMAND_EXIT_NOT_FOUND  127

/* Says why the program @name was not executed, and returns the exit status for it. */
int command_fail(const char *name, int errnum);

struct command {
        pid_t pid;
        int fd; /* to the child until it has become the program */
};

#define COMMAND_NULL                                                                               \
        {                                                                                          \
                .fd = -EBADF                                                                       \
        }

/* Forks the child, which waits. To be called before any thread is started and any file opened: the
 * child has what there is then. From now on this process is the parent of all that comes from the
 * child and outlives its own parent (PR_SET_CHILD_SUBREAPER). 0, or a negative errno with the
 * sentence. */
int command_fork(struct command *c, char **argv, struct error *error);

/* Has the child become the program. SIGINT, SIGTERM, SIGHUP and SIGQUIT that are sent to us go on
 * to it from now on, except where they are ignored, or a terminal has sent them to both. 0, or a
 * negative errno of execvp(3); the child has ended then. */
int command_start(struct command *c);

/* How a program has ended. */
struct command_end {
        int status; /* of exit(3); with a signal 0 */
        int signal; /* 0: none */
};

/* Waits for the child; and collects what else ends meanwhile and has become ours. Signals are ours
 * again afterwards. 0 or a negative errno. */
int command_wait(struct command *c, struct command_end *ret);

/* One that was not started ends without doing anything. */
void command_deinit(struct command *c);
