/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* User namespaces, and who answers for them. */

#include <sys/types.h>

/* Whom what is done in a user namespace is charged to: the owner of the outermost one that it is
 * in, below ours. A user may have many uids inside (subuid(5)) and make user namespaces in user
 * namespaces, but only a process in ours could make the outermost, and only as the user that it is.
 * UID_UNKNOWN when it cannot be asked, or is outside ours. */
uid_t userns_charged_uid(int userns_fd);
