/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/charge.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-login.h>

#include "census/census.h"
#include "netns/userns.h"
#include "util/text.h"

/* The fields up to "Uid:" take some 300 bytes, of which a name takes 64 at most. */
#define STATUS_SIZE 1024

static uint64_t userns_inode(int pid_dir, const char *link)
{
        char text[64];
        uint64_t inode;

        ssize_t n = readlinkat(pid_dir, link, text, sizeof(text) - 1);
        text[n < 0 ? 0 : n] = '\0';
        return sscanf(text, "user:[%" SCNu64 "]", &inode) == 1 ? inode : 0;
}

static uid_t charge_foreign(struct charge_cache *c, int pid_dir, uint64_t inode)
{
        for (unsigned i = 0; i < CHARGE_CACHE_MAX; i++)
                if (c->userns[i].inode == inode)
                        return c->userns[i].uid;
        struct stat st;
        _cleanup_close_ int fd = openat(pid_dir, "ns/user", O_RDONLY | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &st) < 0)
                return UID_UNKNOWN;
        uid_t uid = userns_charged_uid(fd);
        c->userns[c->next].inode = st.st_ino;
        c->userns[c->next].uid = uid;
        c->next = (c->next + 1) % CHARGE_CACHE_MAX;
        return uid;
}

static uid_t real_uid(int pid_dir)
{
        char text[STATUS_SIZE];
        unsigned uid;

        _cleanup_close_ int fd = openat(pid_dir, "status", O_RDONLY | O_CLOEXEC);
        ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
        text[n < 0 ? 0 : n] = '\0';
        /* A name is escaped, and has no line of its own. */
        const char *line = strstr(text, "\nUid:");
        return line && sscanf(line, "\nUid: %u", &uid) == 1 ? uid : UID_UNKNOWN;
}

uid_t charge_process(struct charge_cache *c, int pid_dir)
{
        if (c->own == 0)
                c->own = userns_inode(AT_FDCWD, "/proc/self/ns/user");
        uint64_t inode = userns_inode(pid_dir, "ns/user");
        if (inode != 0 && inode != c->own) {
                uid_t uid = charge_foreign(c, pid_dir, inode);
                if (uid != UID_UNKNOWN)
                        return uid;
        }
        return real_uid(pid_dir);
}

const char *charge_name(pid_t pid, uid_t uid, char buffer[static FAIR_SHARE_NAME_MAX])
{
        _cleanup_free_ char *unit = NULL, *shown = NULL;

        if (uid != 0)
                return fair_share_name_of_uid(buffer, uid);
        if (pid <= 0 || sd_pid_get_unit(pid, &unit) < 0)
                return fair_share_name_of_uid(buffer, 0);
        shown = text_escape_string(unit);
        (void)snprintf(buffer, FAIR_SHARE_NAME_MAX, "%s", text_or(shown, "uid 0"));
        return buffer;
}
