/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Holders whose namespace is not readable: does a known namespace have the socket, or does none?
 *
 * The question is asked inside every known namespace: of its socket tables (sock_diag), and of the
 * files below /proc/thread-self/net, whose inode numbers each namespace has for itself. What is
 * found belongs there. What is found nowhere proves a namespace that nothing else leads to, but
 * only where the tables list all sockets of its kind (netlink/sock-diag.h), every known namespace
 * could be asked, and a second walk and a second asking came to the same. */

#include "census/procfs/walk.h"

struct settle;

/* What is unresolved in @b and not known from an earlier scan; what is known is resolved at once.
 * *@ret is NULL when nothing is left to ask. 0 or -ENOMEM. */
int settle_new(struct walk *walk, struct builder *b, struct settle **ret);
struct settle *settle_free(struct settle *s);
DEFINE_CLEANUP(struct settle *, settle_free);

/* Asks all namespaces in @known, which is settled. 0, or a negative errno. */
int settle_ask(struct settle *s, struct builder *known);

/* Whether something is still open that another settle_ask() could decide: one round proves nothing,
 * nor does one in which a namespace could not be asked. */
bool settle_is_open(const struct settle *s);

/* Turns what was decided into holders of the namespaces found, in @b. What was found nowhere, after
 * two rounds of asking, is marked as nameless: nameless_settle() does the rest. 0 or -ENOMEM. */
int settle_apply(struct settle *s, struct builder *b);
