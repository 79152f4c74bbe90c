/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "nsorphanctl/explain-text.h"

/* Who holds it, and through what: a section with its heading. */
void explain_holders_print(FILE *f, const struct explain *e);
