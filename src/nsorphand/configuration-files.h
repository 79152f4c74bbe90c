/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which configuration files there are, in the order in which they are read: systemd's rules for
 * its own daemons (systemd-system.conf(5)). */

#include <stddef.h>

#include "util/error.h"

struct config_files {
        char **paths;
        size_t n;
};

/* The main file is the first of /etc, /run, /usr/local/lib, /usr/lib + nsorphand/nsorphand.conf.
 * Drop-ins are nsorphand.conf.d/ *.conf in all four, read after it in the order of their names; of
 * two with one name the one in the earlier directory counts. An empty file or a link to /dev/null
 * there masks the others.
 *
 * With @file that one is the main file, which must exist, and its drop-ins are in @file.d.
 * @root, if not NULL, is put before the standard directories.
 *
 * 0, -ENOMEM, or what made a directory unreadable. */
int configuration_files_find(struct config_files *files, const char *root, const char *file,
                             struct error *error);
void configuration_files_deinit(struct config_files *files);
