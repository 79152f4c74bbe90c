/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "trace/debug-file.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "census/birth.h"
#include "util/macro.h"

int debug_file_open(const char *build_id)
{
        char path[128];
        struct stat st;
        size_t n = strlen(build_id);

        if (n <= 2 || n > BIRTH_BUILD_ID_MAX || strspn(build_id, "0123456789abcdef") != n)
                return -EINVAL;
        (void)snprintf(path, sizeof(path), "/usr/lib/debug/.build-id/%.2s/%.*s.debug", build_id,
                       BIRTH_BUILD_ID_MAX, build_id + 2);
        _cleanup_close_ int found = open(path, O_PATH | O_CLOEXEC);
        if (found < 0 || fstat(found, &st) < 0)
                return negative_errno();
        if (!S_ISREG(st.st_mode) || st.st_uid != 0 || st.st_mode & (S_IWGRP | S_IWOTH))
                return -EPERM;
        (void)snprintf(path, sizeof(path), "/proc/thread-self/fd/%d", found);
        int fd = open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
        return fd < 0 ? negative_errno() : fd;
}
