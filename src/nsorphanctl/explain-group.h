/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a process holds, said once for all that is alike but for its fd, inode and addresses. */

#include "nsorphanctl/explain-text.h"

/* Whether none of the holders before @k is like it. */
bool explain_group_is_first(const struct inspection *i, size_t k);

/* A paragraph about holder @k of what is inspected and all that are like it. */
void explain_group_print(FILE *f, const struct explain *e, size_t k);
