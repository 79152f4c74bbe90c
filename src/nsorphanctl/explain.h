/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* An inspection in sentences, in the order in which an operator asks. */

#include "nsorphanctl/explain-text.h"

void explain_print(FILE *f, const struct explain *e);
