/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/charge.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <systemd/sd-login.h>

#include "census/census.h"
#include "netns/userns.h"
#include "proc/link.h"
#include "proc/status.h"
#include "util/text.h"

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
        struct proc_status status;

        return proc_status_read(pid_dir, &status) >= 0 && status.has_uid ? status.uid : UID_UNKNOWN;
}

uid_t charge_process(struct charge_cache *c, int pid_dir)
{
        uint64_t inode;

        if (c->own == 0)
                (void)proc_link_inode(AT_FDCWD, "/proc/self/ns/user", "user", &c->own);
        if (proc_link_inode(pid_dir, "ns/user", "user", &inode) >= 0 && inode != c->own) {
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
