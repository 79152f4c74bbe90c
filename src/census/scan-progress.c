/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/scan-progress.h"

#include <stddef.h>

static const char *const step_texts[_SCAN_STEP_MAX] = {
        [SCAN_IDLE] = "between two steps of",
        [SCAN_TASKS] = "reading the namespace links of",
        [SCAN_FDS] = "walking the fd table of",
        [SCAN_IN_FLIGHT] = "looking at files in flight of",
        [SCAN_MOUNTS] = "reading the mounts of",
        [SCAN_MAPS] = "reading the memory map of",
        [SCAN_NETLINK] = "asking inside a namespace of",
        [SCAN_DESCRIBE] = "reading the name of",
        [SCAN_RECHECK] = "looking a second time at",
};

const char *scan_progress_step_text(enum scan_step step)
{
        return step < _SCAN_STEP_MAX ? step_texts[step] : NULL;
}
