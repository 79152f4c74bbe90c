/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A pinned namespace: by what it is kept, how that came, and what to do. */

#include "nsorphanctl/explain-text.h"

/* "no process, no name; kept only by fd 4 of docker-proxy (pid 357)": a clause without full stop.
 */
void explain_pinned_print_what(FILE *f, const struct netns *ns);

/* Cause and cure. One that may forward traffic is never advised to be ended. */
void explain_pinned_print(FILE *f, const struct explain *e);
