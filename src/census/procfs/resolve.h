/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Holders whose namespace is not readable: does a known namespace have the socket or file, or does
 * none?
 *
 * Every known namespace is asked (inquiry.h). What is found belongs there. What is found nowhere
 * proves a namespace that nothing else leads to, but only where the tables list all sockets of its
 * kind (netlink/sock-diag.h), every known namespace could be asked, and a second walk and a second
 * asking came to the same. */

#include "census/procfs/inquiry.h"
#include "census/procfs/proc-file.h"

/* Finds the namespaces of the unresolved holders in @b, as far as they can be found; those of which
 * it is proved that they hold none of the known ones become nameless namespaces (nameless.h). @b is
 * judged then, or as it was when there is nothing to ask. 0, -ENOMEM, -ECANCELED or another
 * negative errno. */
int resolve_holders(struct walk *walk, struct builder *b);

/* The parts of it, for its test. */

/* An unresolved holder. */
struct asked {
        struct question *question; /* NULL: nothing to ask */
        uint64_t tables; /* a socket: it is in one of these tables, if anywhere; 0: who knows */
        enum proc_file file;
        const char *name; /* static: "tcp", as far as it is known */
};

struct resolve {
        struct inquiry inquiry;
        struct proc_files files;
        struct asked *asked; /* in the order of the builder's unresolved holders */
        size_t n;
};

/* What is unresolved in @b and not known from an earlier scan becomes a question; what is known is
 * resolved at once. To be ended with resolve_deinit(), also on failure. 0 or a negative errno. */
int resolve_init(struct resolve *s, struct walk *walk, struct builder *b);
void resolve_deinit(struct resolve *s);

/* Turns what was answered into holders of the namespaces found, in @b. What was found nowhere,
 * after two rounds of asking, is marked as nameless. 0 or -ENOMEM. */
int resolve_apply(struct resolve *s, struct builder *b);
