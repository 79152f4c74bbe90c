/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a second look brings to light about orphans. */

#include "census/builder.h"

/* Takes over into @b the tasks in, and the nsfs references to, namespaces that are orphaned in @b,
 * each once, however often it came to @from. All else of @from is seen already. 0 or -ENOMEM. */
int builder_recheck(struct builder *b, struct builder *from);
