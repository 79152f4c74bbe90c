/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Taking a namespace off the wire, so that nothing in it answers any more, and putting it back. */

#include "inspect/inside.h"
#include "netlink/rt-save.h"
#include "util/error.h"

/* One interface to switch off. Where the one inside has another end outside (a veth), that end is:
 * then nothing inside is lost, and those who hold the namespace notice nothing but the silence. */
struct silence_link {
        bool far;                    /* it is such an other end */
        bool here;                   /* it is in our own namespace, else: */
        struct netns_identity netns; /* in this one */
        int index;
        char *name;          /* escaped */
        char *inside_name;   /* of the interface inside that it silences, escaped */
        struct rt_save lost; /* what the kernel forgets when it is switched off */
};

struct silence {
        struct netns_identity netns;
        uint64_t since_usec; /* CLOCK_REALTIME */
        struct silence_link *links;
        size_t n_links;
};

/* What to switch off of @inside, that of the namespace @id: each interface that is up, but for the
 * loopback and pairs with both ends inside. An empty plan is one, too. 0 or -ENOMEM. */
int silence_plan(const struct netns_identity *id, const struct inside *inside, struct silence *ret);

/* Saves what switching off loses, into the plan. @census has the namespaces of its interfaces. So
 * it is before the file is written and anything changed. 0, or a negative errno with the sentence.
 */
int silence_save(struct silence *s, const struct census *census, struct error *error);

/* Switches them off; after a failure those that were are switched on again. As above. */
int silence_apply(struct silence *s, const struct census *census, struct error *error);

/* Switches them on again, and gives back what was lost. One that is not there any more has nothing
 * to get back. Goes on after a failure; the first is returned, with the sentence. */
int silence_undo(struct silence *s, const struct census *census, struct error *error);

void silence_deinit(struct silence *s);
