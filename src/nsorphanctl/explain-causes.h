/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The patterns that the evidence fits (docs/causes.md). */

#include "nsorphanctl/explain-text.h"

/* Each once, with the processes it is about; below a heading of its own if @heading says so, but
 * none without any cause. */
void explain_causes_print(FILE *f, const struct explain *e, bool heading);
