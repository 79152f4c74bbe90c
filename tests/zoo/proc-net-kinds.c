/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Not one state, but a question to the kernel: which files below /proc/PID/net keep their namespace
 * while they are open? Each is opened in a fresh namespace that then loses all else: if it can be
 * opened anew for longer than the kernel takes to clean up, it keeps it. Prints "NAME holds" or
 * "NAME holds not" for each that this kernel has. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "zoo.h"

#define FILES_MAX 512
#define NET       "/proc/thread-self/net"

/* Files that tell the kernel of a server when they are opened. */
static bool is_channel(const char *name)
{
        return strstr(name, "rpc/") == name;
}

static void list(const char *below, char *names[static FILES_MAX], size_t *n)
{
        char path[512];

        (void)snprintf(path, sizeof(path), NET "/%s", below);
        DIR *dir = opendir(path);
        for (const struct dirent *e; dir && (e = readdir(dir)) && *n < FILES_MAX;) {
                char name[400];
                (void)snprintf(name, sizeof(name), "%s%s%s", below, below[0] ? "/" : "", e->d_name);
                if (e->d_type == DT_DIR && e->d_name[0] != '.')
                        list(name, names, n);
                else if (e->d_type == DT_REG && !is_channel(name))
                        names[(*n)++] = strdup(name);
        }
        if (dir)
                closedir(dir);
}

static void wait_msec(long msec)
{
        nanosleep(&(struct timespec){.tv_sec = msec / 1000, .tv_nsec = msec % 1000 * 1000000},
                  NULL);
}

/* Whether the file can be opened anew. */
static bool lives(int fd)
{
        char path[64];

        (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        int again = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        if (again >= 0)
                close(again);
        return again >= 0 || (errno != ENOENT && errno != ENXIO);
}

int main(int argc, char **argv)
{
        static char *names[FILES_MAX];
        static int fds[FILES_MAX];
        size_t n = 0;

        if (argc > 1) {
                fprintf(stderr, "Usage: %s\n", argv[0]);
                return EXIT_FAILURE;
        }
        int home = zoo_check(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), "our namespace");
        zoo_check(unshare(CLONE_NEWNET), "unshare(CLONE_NEWNET)");
        list("", names, &n);
        for (size_t i = 0; i < n; i++) {
                char path[512];
                zoo_check(unshare(CLONE_NEWNET), "unshare(CLONE_NEWNET)");
                (void)snprintf(path, sizeof(path), NET "/%s", names[i]);
                fds[i] = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        }
        zoo_check(setns(home, CLONE_NEWNET), "setns");
        /* The kernel cleans up all at once, and tells when by a namespace of the last. */
        int last = -1;
        zoo_check(unshare(CLONE_NEWNET), "unshare(CLONE_NEWNET)");
        last = zoo_check(open(NET "/softnet_stat", O_RDONLY | O_CLOEXEC), "softnet_stat");
        zoo_check(setns(home, CLONE_NEWNET), "setns");
        while (lives(last))
                wait_msec(20);
        wait_msec(500);
        for (size_t i = 0; i < n; i++)
                if (fds[i] >= 0)
                        printf("%s %s\n", names[i], lives(fds[i]) ? "holds" : "holds not");
        return 0;
}
