/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "nsorphanctl/explain-text.h"

/* What is inside: a section with its heading. */
void explain_inside_print(FILE *f, const struct explain *e);
