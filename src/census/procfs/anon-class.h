/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Files of the kernel's own that have no path: their link tells which they are. */

#include "census/census.h"

/* What an anonymous inode is, by the text of its link: only where its device says that it is one.
 */
enum anon_class {
        ANON_OTHER,
        ANON_IO_URING,
        ANON_FS_CONTEXT,
        ANON_BPF_ITERATOR,
        ANON_BPF_LINK,
        ANON_WATCHES,
};
enum anon_class anon_class_of_link(const char *link, size_t n);

/* The kind of holder that it may be, HOLDER_NONE for ANON_OTHER, and why nothing more is known. */
enum holder_kind anon_class_holder_kind(enum anon_class class);
const char *anon_class_reason(enum anon_class class);
