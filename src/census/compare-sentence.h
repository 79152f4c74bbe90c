/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a comparison has found, in words. */

#include "census/compare.h"

#define COMPARE_SENTENCE_MAX 256
/* What is wrong, without the name of the namespace and without full stop: "BPF calls it orphaned,
 * procfs attached". Made of numbers and words of ours. */
const char *compare_sentence(const struct disagreement *d,
                             char buffer[static COMPARE_SENTENCE_MAX]);
