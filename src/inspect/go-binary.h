/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Whether Go's linker made an executable: by the note that has its build id (.note.go.buildid), or
 * where that was left out by the build information that every Go program carries (.go.buildinfo). A
 * text that looks like it elsewhere in the file does not count. */

#include <stdbool.h>

/* Reads some of @fd, an open ELF file of any origin, with pread(2). False also for what is no ELF
 * file of this machine's word size and byte order. */
bool go_binary_detect(int fd);
