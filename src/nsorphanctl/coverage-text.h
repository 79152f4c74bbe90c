/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a scan could not see, said plainly. */

#include <jansson.h>

#include "nsorphanctl/options.h"

/* One line on stderr for each reason why the view was partial; nothing when it was complete. */
void coverage_print(json_t *coverage);

/* The holders whose namespace could not be told, with what that means; nothing when there are
 * none. 0 or -ENOMEM. */
int unresolved_print(json_t *unresolved, bool colors, const struct options *options);
