/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* From a survey to a census. */

#include "census/bpf/survey.h"
#include "census/builder.h"

/* Emits all of @survey into @b: namespaces, holders, references, coverage. @list_tasks: the survey
 * listed them. Holders that were checked and found false are left out. 0 or -ENOMEM. */
int emit_survey(struct builder *b, struct surveyor *surveyor, const struct survey *survey,
                bool list_tasks);
