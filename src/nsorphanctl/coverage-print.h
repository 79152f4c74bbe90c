/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a scan did not see, said plainly. */

#include "nsorphanctl/options.h"
#include "nsorphanctl/view.h"

/* One line on stderr for each reason why the view was partial; nothing when it was complete. */
void coverage_print(const struct view_coverage *coverage);

/* The @n holders whose namespace cannot be determined, with what that means; nothing when there are
 * none. 0 or -ENOMEM. */
int coverage_print_unresolved(const struct holder *unresolved, size_t n, bool colors,
                              const struct options *options);
