/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "nsorphanctl/explain-text.h"

/* What to do: a section with its heading. */
void explain_remedy_print(FILE *f, const struct explain *e);
