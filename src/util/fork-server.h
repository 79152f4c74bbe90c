/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A small process that makes children for us, each for work that may block in the kernel for ever:
 * a process that is stuck there can be left behind, a thread cannot, and keeps its process from
 * ending.
 *
 * It is forked before the first thread, from a program that holds nothing yet. A fork() of the
 * threaded program itself would copy every duplicate of somebody else's file that a thread has
 * open at that moment, and all of them would live for as long as the child is stuck. */

#include <sys/types.h>

#include "util/error.h"

struct fork_server;

/* What a child does: it serves @socket_fd until that ends, then returns. It has no other fd but
 * /dev/null as stdin, stdout and stderr, and default signals. */
typedef void (*fork_server_main_fn)(int socket_fd);

/* Forks the server. To be called before any thread is started and before anything is opened that
 * must not be shared. 0, or a negative errno with the sentence. */
int fork_server_new(struct fork_server **ret, fork_server_main_fn child_main, struct error *error);

/* Ends the server, not the children: they end when their sockets do. Waits for nobody. */
struct fork_server *fork_server_free(struct fork_server *s);
DEFINE_CLEANUP(struct fork_server *, fork_server_free);

/* A child of the server, for as long as it is needed. */
struct forked {
        int socket_fd; /* SOCK_SEQPACKET, to the child's; its end ends the child */
        int pidfd;     /* readable when the child has ended */
        pid_t pid;
};
#define FORKED_NONE ((struct forked){.socket_fd = -EBADF, .pidfd = -EBADF})

/* Gets a new child. May be called from any thread. 0, or a negative errno; -ETIMEDOUT when the
 * server does not answer within a second. */
int fork_server_get(struct fork_server *s, struct forked *ret);

/* Lets go of the child: it ends by itself when it is done with what it is at. */
void fork_server_release(struct forked *f);

/* Kills it. It may be stuck in the kernel and go on for as long as that lasts; its pidfd tells. */
void fork_server_kill(struct forked *f);
