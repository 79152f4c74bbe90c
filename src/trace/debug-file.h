/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Opens the separate symbols that this host has installed for a build id (hexadecimal digits):
 * root's file below /usr/lib/debug/.build-id. An fd (close-on-exec), -ENOENT, -EPERM where others
 * could have written it, or another negative errno. */
int debug_file_open(const char *build_id);
