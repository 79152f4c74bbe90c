/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/scan-options.h"

bool scan_options_skips(const struct scan_options *options, pid_t pid)
{
        for (size_t i = 0; i < options->n_skip; i++)
                if (options->skip[i] == pid)
                        return true;
        return false;
}
