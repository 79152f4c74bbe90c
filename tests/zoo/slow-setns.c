/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* No holder: a library to preload. Whoever enters the namespace of which the number is in the file
 * $SLOW_SETNS stays there as long as that file exists; but for scans, which have a thread of that
 * name. */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int is_meant(const char *file, int fd)
{
        unsigned long long inode = 0;
        char name[16] = "";
        struct stat st;

        prctl(PR_GET_NAME, name);
        if (strcmp(name, "scan") == 0)
                return 0;
        FILE *f = file ? fopen(file, "re") : NULL;

        if (!f)
                return 0;
        if (fscanf(f, "%llu", &inode) != 1)
                inode = 0;
        fclose(f);
        return fstat(fd, &st) == 0 && st.st_ino == inode;
}

__attribute__((visibility("default"))) int setns(int fd, int type)
{
        const char *file = getenv("SLOW_SETNS");
        int meant = is_meant(file, fd);
        int r = (int)syscall(SYS_setns, fd, type);

        while (r == 0 && meant && access(file, F_OK) == 0)
                usleep(10000);
        return r;
}
