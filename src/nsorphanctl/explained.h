/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One namespace of a census with all that there is to say of it: inspected, and the daemon asked,
 * where it runs, what it remembers. */

#include <jansson.h>

#include "nsorphanctl/explain-text.h"

struct explained {
        struct explain explain;
        struct inspection *inspection;
        struct error not_asked; /* why what a daemon remembers is missing, or ""; for people */
};

/* Zero it before. @flags: inspection_new(). Holders of @ns, which is in @census, get the births
 * that the daemon knows. 0 or -ENOMEM. */
int explained_init(struct explained *e, struct census *census, const struct netns *ns,
                   unsigned flags, const struct options *options);
void explained_deinit(struct explained *e);

/* Says on stderr that what a daemon remembers is missing, and why; nothing where it is not. */
void explained_say_not_asked(const struct explained *e);

/* The namespace with its inspection. A new reference, or NULL when out of memory. */
json_t *explained_json(const struct explained *explained);
