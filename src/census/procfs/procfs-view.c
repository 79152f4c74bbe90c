/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "census/procfs/procfs-view.h"

#include <sys/stat.h>

#include "proc/host.h"
#include "proc/mountinfo.h"
#include "util/line-reader.h"

/* include/linux/proc_ns.h: the number of the initial pid namespace has been this since 3.8. */
#define PROC_PID_INIT_INO 0xEFFFFFFCU

int procfs_view_check(int proc_fd, struct error *error)
{
        if (proc_host_is_ours(proc_fd))
                return 0;
        return error_set(error, EXDEV,
                         "The procfs on /proc belongs to another pid namespace than this process; "
                         "mount one of its own: mount -t proc proc /proc");
}

int procfs_view_gaps(int proc_fd, struct builder *b)
{
        _cleanup_(line_reader_closep) struct line_reader lines;
        const char *line;
        size_t length;
        struct stat st;
        bool hides = false;

        if (fstatat(proc_fd, "thread-self/ns/pid", &st, 0) < 0)
                return negative_errno();
        if (st.st_ino != PROC_PID_INIT_INO)
                builder_gap(b, GAP_PID_NAMESPACE, 0, 0);
        /* Of several mounts on /proc the last is the one in use. */
        int r = line_reader_open(&lines, proc_fd, "thread-self/mountinfo");
        while (r >= 0 && (r = line_reader_next(&lines, &line, &length)) > 0)
                (void)proc_mountinfo_hides(line, length, &hides);
        if (hides)
                builder_gap(b, GAP_HIDDEN_PROCESSES, 0, 0);
        return r;
}
