/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* From a survey to a census. */

#include "census/bpf/known-mounts.h"
#include "census/bpf/survey.h"
#include "census/builder.h"
#include "census/scan-options.h"

/* Makes of @mounts what @survey is to be emitted with. 0 or -ENOMEM. */
int emit_expect_mounts(const struct survey *survey, struct known_mounts *mounts);

/* Whether @t was found to be pinned by nothing that shows, neither an open file nor a mount: by a
 * file that was closed before it was looked for, most likely. */
bool emit_lacks_path(const struct survey *survey, const struct tracked *t,
                     struct known_mounts *mounts);

/* Emits all of @survey into @b: namespaces, holders, references, coverage. Unless @options is
 * brief, the survey has listed the tasks. Holders that were checked and found false are
 * left out. 0 or -ENOMEM. */
int emit_survey(struct builder *b, struct surveyor *surveyor, const struct survey *survey,
                struct known_mounts *mounts, const struct scan_options *options);
