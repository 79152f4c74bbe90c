/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which nameless namespaces there are, given the holders that are verified to hold none of the
 * known namespaces.
 *
 * Two processes that have one file open hold one namespace: a file below /proc/…/net belongs to one
 * namespace, and so does a socket. Two files of one name (tcp) and different numbers are of two
 * namespaces. All else is not to be proved: whether a tcp and a udp file, or a file and a mapped
 * socket, are of one namespace or of two, no system call tells. So only as many namespaces are
 * named as there must be at least; the other holders stay unresolved, marked as nameless: better a
 * namespace that is counted and not named than one that does not exist. */

#include "census/builder.h"
#include "census/procfs/host.h"

/* One holder. */
struct nameless_candidate {
        struct nameless id;
        uid_t uid;        /* whom its process is charged to */
        const char *file; /* "tcp" for /proc/…/net/tcp; NULL for a socket */
        bool named;       /* the last scan named the namespace after its file */
        size_t place;     /* the caller's */
        size_t chosen;    /* result: the candidate whose namespace this one holds; SIZE_MAX: open */
};

/* Sorts @candidates and fills in `chosen`. Files that processes of root have open come first, then
 * what was named before, then what is oldest: nobody else chooses what is named. */
void nameless_choose(struct nameless_candidate *candidates, size_t n);

/* Names namespaces after the unresolved holders in @b that are marked as nameless, where one can
 * be. Holders whose process has ended meanwhile are dropped. host->named has the file numbers of
 * the last scan's, and gets this one's. 0 or -ENOMEM. */
int nameless_resolve(struct host *host, struct builder *b);
