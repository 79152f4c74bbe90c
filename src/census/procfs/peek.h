/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Files in flight, in the receive queue of a unix socket that we have an fd of. They stay there. */

/* include/net/scm.h, SCM_MAX_FD: so many files are in one message at most. */
#define PEEK_FILES_MAX 253

/* Room for data that nobody reads. */
#define PEEK_SCRATCH_SIZE 65536

/* Peeks at the first message with files in the queue of @socket_fd, and gives @fn a duplicate of
 * each, which @fn is to close. How many: none when the owner has set SO_PEEK_OFF, which peeking
 * would move, or when too much data stands before them; what lies behind that message could only be
 * reached by setting it, and would be noticed. @scratch is of PEEK_SCRATCH_SIZE. Needs an fd for
 * each file. */
unsigned peek_files(int socket_fd, char *scratch, void (*fn)(int fd, void *userdata),
                    void *userdata);
