/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The files that Executable= of [Ignore] names. What a process calls itself would let anybody be
 * ignored, so a holder is known by the file it runs: the one that is at the path now. */

#include "util/file.h"

struct ignored {
        struct file_id *ids;
        size_t n;
};

/* Looks at @paths (NULL: none) again. A file that is not root's, or that others may write to, is
 * not taken, with a warning when it was taken before or @paths are new (@again is false). 1 when
 * something changed, 0, or -ENOMEM. */
int ignored_refresh(struct ignored *ignored, char *const *paths, bool again);
void ignored_deinit(struct ignored *ignored);
