/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/procfs-view.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "census/procfs/parse.h"
#include "util/file.h"

/* include/linux/proc_ns.h: the number of the initial pid namespace has been this since 3.8. */
#define PROC_PID_INIT_INO 0xEFFFFFFCU

int procfs_view_check(int proc_fd, struct error *error)
{
        char link[32];

        ssize_t n = readlinkat(proc_fd, "self", link, sizeof(link) - 1);
        link[MAX(n, 0)] = '\0';
        if (strtol(link, NULL, 10) == (long)getpid())
                return 0;
        return error_set(error, EXDEV,
                         "The procfs on /proc belongs to another pid namespace than this process; "
                         "mount one of its own: mount -t proc proc /proc");
}

int procfs_view_gaps(int proc_fd, struct builder *b)
{
        _cleanup_free_ char *text = NULL;
        const char *line;
        size_t size, length;
        struct stat st;
        bool hides = false;

        if (fstatat(proc_fd, "thread-self/ns/pid", &st, 0) < 0)
                return negative_errno();
        if (st.st_ino != PROC_PID_INIT_INO)
                builder_gap(b, GAP_PID_NAMESPACE, 0, 0);
        int r = file_read_at(proc_fd, "thread-self/mountinfo", 64 * 1024 * 1024, &text, &size);
        if (r < 0)
                return r;
        /* Of several mounts on /proc the last is the one in use. */
        for (const char *p = text, *end = text + size; parse_line(&p, end, &line, &length);)
                (void)parse_mountinfo_proc(line, length, &hides);
        if (hides)
                builder_gap(b, GAP_HIDDEN_PROCESSES, 0, 0);
        return 0;
}
