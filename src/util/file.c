/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "util/file.h"

#include <fcntl.h>

int file_read_at(int dir_fd, const char *path, size_t max, char **ret, size_t *ret_size)
{
        _cleanup_free_ char *buffer = NULL;
        size_t size = 0, room = MIN(max, (size_t)4096);

        _cleanup_close_ int fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        if (fd < 0)
                return negative_errno();
        buffer = malloc(room + 1);
        if (!buffer)
                return -ENOMEM;
        for (;;) {
                if (size == room) {
                        if (room > max)
                                return -EFBIG;
                        /* One byte over the limit, to tell "exactly max" from "more". */
                        room = MIN(room * 2, max + 1);
                        char *grown = realloc(buffer, room + 1);
                        if (!grown)
                                return -ENOMEM;
                        buffer = grown;
                }
                ssize_t n = read(fd, buffer + size, room - size);
                if (n < 0) {
                        if (errno == EINTR)
                                continue;
                        return negative_errno();
                }
                if (n == 0)
                        break;
                size += (size_t)n;
        }
        if (size > max)
                return -EFBIG;
        buffer[size] = '\0';
        *ret = TAKE_PTR(buffer);
        if (ret_size)
                *ret_size = size;
        return 0;
}
