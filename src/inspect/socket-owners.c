/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/socket-owners.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "census/procfs/parse.h"
#include "util/file.h"
#include "util/text.h"

/* Whoever has more at the other ends than this has made the point. */
#define OWNERS_MAX 64

static void closedirp(DIR **d)
{
        if (*d)
                (void)closedir(*d);
}

static bool is_wanted(const struct inspection *i, uint64_t inode)
{
        for (size_t k = 0; k < i->n_held; k++)
                if (i->held[k].detail && i->held[k].detail->peer_inode == inode)
                        return true;
        return false;
}

static int add_owner(struct inspection *i, int process_dir, pid_t pid, int fd, uint64_t inode)
{
        _cleanup_free_ char *text = NULL;
        size_t n;

        if (i->n_peers >= OWNERS_MAX)
                return 0;
        if (!i->peers) {
                i->peers = calloc(OWNERS_MAX, sizeof(*i->peers));
                if (!i->peers)
                        return -ENOMEM;
        }
        struct socket_owner *owner = &i->peers[i->n_peers];
        *owner = (struct socket_owner){.socket_inode = inode, .pid = pid, .fd = fd};
        if (file_read_at(process_dir, "comm", 256, &text, &n) >= 0) {
                owner->comm = text_escape(text, n > 0 ? n - 1 : 0);
                if (!owner->comm)
                        return -ENOMEM;
        }
        i->n_peers++;
        return 0;
}

static int search_process(struct inspection *i, int proc, pid_t pid)
{
        char path[32], link[64];
        const struct dirent *entry;

        (void)snprintf(path, sizeof(path), "%d", (int)pid);
        _cleanup_close_ int dir = openat(proc, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        int fd = dir < 0 ? -1 : openat(dir, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        _cleanup_(closedirp) DIR *fds = fd < 0 ? NULL : fdopendir(fd);

        while (fds && (entry = readdir(fds))) {
                uint64_t inode;
                ssize_t n = readlinkat(fd, entry->d_name, link, sizeof(link));

                if (n <= 0 || parse_typed_link(link, (size_t)n, "socket", &inode) < 0 ||
                    !is_wanted(i, inode))
                        continue;
                int r = add_owner(i, dir, pid, (int)strtol(entry->d_name, NULL, 10), inode);
                if (r < 0)
                        return r;
        }
        return 0;
}

int socket_owners_read(struct inspection *i)
{
        const struct dirent *entry;
        bool any = false;

        for (size_t k = 0; k < i->n_held; k++)
                any = any || (i->held[k].detail && i->held[k].detail->peer_inode != 0);
        if (!any)
                return 0;
        _cleanup_(closedirp) DIR *proc = opendir("/proc");
        while (proc && (entry = readdir(proc))) {
                uint64_t pid;

                if (text_parse_u64(entry->d_name, &pid) < 0)
                        continue;
                int r = search_process(i, dirfd(proc), (pid_t)pid);
                if (r < 0)
                        return r;
        }
        return 0;
}
