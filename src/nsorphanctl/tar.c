/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nsorphanctl/tar.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "util/clock.h"

#define BLOCK 512

/* A header, as <tar.h> and tar(5) have it: octal digits, ended by a NUL. */
struct header {
        char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100],
                magic[6], version[2], user[32], group[32], major[8], minor[8], prefix[155], pad[12];
};
_Static_assert(sizeof(struct header) == BLOCK, "a header is one block");

static int write_all(int fd, const void *bytes, size_t n)
{
        for (const char *p = bytes; n > 0;) {
                ssize_t written = write(fd, p, n);
                if (written < 0 && errno == EINTR)
                        continue;
                if (written <= 0)
                        return negative_errno();
                p += written;
                n -= (size_t)written;
        }
        return 0;
}

int tar_create(struct tar *t, const char *path, struct error *error)
{
        /* Not through a link that somebody else has made in a folder for everybody. */
        int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0)
                return error_set_errno(error, errno, "Failed to create %s", path);
        *t = (struct tar){.fd = fd, .path = path};
        return 0;
}

static void format_checksum(struct header *h)
{
        const unsigned char *bytes = (const unsigned char *)h;
        unsigned sum = 0;

        memset(h->checksum, ' ', sizeof(h->checksum));
        for (size_t i = 0; i < sizeof(*h); i++)
                sum += bytes[i];
        (void)snprintf(h->checksum, sizeof(h->checksum), "%06o", sum);
}

int tar_add(struct tar *t, const char *name, const void *bytes, size_t n)
{
        static const char zeros[BLOCK] = {};
        struct header h = {.type = '0', .magic = "ustar", .version = {'0', '0'}};

        if (strlen(name) >= sizeof(h.name))
                return -ENAMETOOLONG;
        (void)snprintf(h.name, sizeof(h.name), "%s", name);
        (void)snprintf(h.mode, sizeof(h.mode), "%07o", 0600U);
        (void)snprintf(h.uid, sizeof(h.uid), "%07o", 0U);
        (void)snprintf(h.gid, sizeof(h.gid), "%07o", 0U);
        (void)snprintf(h.size, sizeof(h.size), "%011" PRIo64, (uint64_t)n);
        (void)snprintf(h.mtime, sizeof(h.mtime), "%011" PRIo64,
                       clock_usec(CLOCK_REALTIME) / USEC_PER_SEC & UINT64_C(077777777777));
        format_checksum(&h);
        int r = write_all(t->fd, &h, sizeof(h));
        if (r >= 0)
                r = write_all(t->fd, bytes, n);
        if (r >= 0 && n % BLOCK > 0)
                r = write_all(t->fd, zeros, BLOCK - n % BLOCK);
        return r;
}

int tar_finish(struct tar *t)
{
        static const char end[2 * BLOCK] = {};

        int r = write_all(t->fd, end, sizeof(end));
        if (r >= 0 && fsync(t->fd) < 0)
                r = negative_errno();
        t->finished = r >= 0;
        return r;
}

void tar_deinit(struct tar *t)
{
        if (t->fd >= 0 && !t->finished)
                (void)unlink(t->path);
        t->fd = fd_close(t->fd);
}
