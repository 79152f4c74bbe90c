/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A holder in words: the one place that has them, for journal, tables and sentences alike. */

#include <stdio.h>

#include "census/holder.h"

enum holder_text_style {
        HOLDER_TEXT_CELL,   /* of a table: "socket fd 3 netlink/route", "mount /run/netns/blue" */
        HOLDER_TEXT_CLAUSE, /* of an alert: "its netlink/route socket, fd 3" */
        HOLDER_TEXT_DETAIL, /* of an explanation: "fd 3, a netlink/route socket, inode 8628" */
        _HOLDER_TEXT_MAX,
};

/* Prints what the process has that holds the namespace; nothing for HOLDER_NONE, which a cell calls
 * unknown. */
void holder_text_print(FILE *f, const struct holder *h, enum holder_text_style style);

/* The same as a new string, NULL when out of memory. */
char *holder_text(const struct holder *h, enum holder_text_style style);

/* Prints "netlink/route ", with the space; nothing when it is no socket or of an unknown family. */
void holder_text_print_socket_kind(FILE *f, const struct holder *h);

/* Prints which process it is: "docker-proxy (pid 3530, docker.service)". */
void holder_text_print_process(FILE *f, const struct holder *h);
