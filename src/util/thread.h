/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Threads that nobody waits for. */

#include <stddef.h>

/* Runs @fn(@userdata) on a detached thread with all signals blocked, for they are the loop's, and a
 * stack of @stack_size bytes. 0 or a negative errno. */
int thread_start_detached(void *(*fn)(void *userdata), void *userdata, size_t stack_size);
