/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What only glibc's heap needs to be told: with another C library both do nothing. */

/* At most so many heaps for all threads. Before there is a second thread. */
void heap_limit(int heaps);

/* Gives back to the kernel what is free. */
void heap_trim(void);
