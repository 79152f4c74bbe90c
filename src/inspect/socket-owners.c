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

struct search {
        const uint64_t *wanted;
        size_t n_wanted;
        struct socket_owner *owners;
        size_t n;
};

static bool is_wanted(const struct search *s, uint64_t inode)
{
        for (size_t i = 0; i < s->n_wanted; i++)
                if (s->wanted[i] == inode)
                        return true;
        return false;
}

static int add_owner(struct search *s, int process_dir, pid_t pid, int fd, uint64_t inode)
{
        _cleanup_free_ char *text = NULL;
        size_t n;

        if (s->n >= OWNERS_MAX)
                return 0;
        if (!s->owners) {
                s->owners = calloc(OWNERS_MAX, sizeof(*s->owners));
                if (!s->owners)
                        return -ENOMEM;
        }
        struct socket_owner *owner = &s->owners[s->n];
        *owner = (struct socket_owner){.socket_inode = inode, .pid = pid, .fd = fd};
        if (file_read_at(process_dir, "comm", 256, &text, &n) >= 0) {
                owner->comm = text_escape(text, n > 0 ? n - 1 : 0);
                if (!owner->comm)
                        return -ENOMEM;
        }
        s->n++;
        return 0;
}

static int search_process(struct search *s, int proc, pid_t pid)
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
                    !is_wanted(s, inode))
                        continue;
                int r = add_owner(s, dir, pid, (int)strtol(entry->d_name, NULL, 10), inode);
                if (r < 0)
                        return r;
        }
        return 0;
}

int socket_owners_read(const uint64_t *wanted, size_t n, struct socket_owner **ret, size_t *ret_n)
{
        struct search s = {.wanted = wanted, .n_wanted = n};
        const struct dirent *entry;
        int r = 0;

        _cleanup_(closedirp) DIR *proc = n > 0 ? opendir("/proc") : NULL;
        while (r >= 0 && proc && (entry = readdir(proc))) {
                uint64_t pid;

                if (text_parse_u64(entry->d_name, &pid) >= 0)
                        r = search_process(&s, dirfd(proc), (pid_t)pid);
        }
        *ret = s.owners;
        *ret_n = s.n;
        return r;
}

void socket_owners_free(struct socket_owner *owners, size_t n)
{
        for (size_t i = 0; i < n; i++)
                free(owners[i].comm);
        free(owners);
}
