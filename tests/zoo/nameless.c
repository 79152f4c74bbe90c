/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Open files below /proc/.../net, of one namespace or of two. Whether two files of different names
 * are of one, nothing in procfs tells; two files of one name and different numbers are of two. */
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "zoo.h"

static int open_file(const char *path)
{
        return zoo_check(open(path, O_RDONLY | O_CLOEXEC), path);
}

int main(int argc, char **argv)
{
        static const char *const variations[] = {"two-files", "two-processes", "shared-file",
                                                 "two-namespaces", NULL};
        struct zoo z;

        zoo_start(&z, argc, argv, variations);
        zoo_enter(&z);
        z.fd = open_file("/proc/thread-self/net/tcp");
        z.socket_inode = zoo_inode(z.fd);
        if (zoo_is(&z, "two-files"))
                (void)open_file("/proc/thread-self/net/udp");
        int other = zoo_is(&z, "two-processes") ? open_file("/proc/thread-self/net/udp") : -1;
        zoo_leave(&z);
        if (zoo_is(&z, "two-namespaces")) {
                struct zoo second = z;
                zoo_enter(&second);
                (void)open_file("/proc/thread-self/net/tcp");
                zoo_leave(&second);
        }
        if (zoo_is(&z, "two-processes") || zoo_is(&z, "shared-file")) {
                pid_t parent = getpid();
                if (zoo_check(fork(), "fork") == 0) {
                        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
                        if (getppid() != parent)
                                return 0;
                        if (other >= 0)
                                close(z.fd);
                        for (;;)
                                pause();
                }
                if (other >= 0)
                        close(other);
        }
        zoo_tell(&z);
        zoo_wait();
        return 0;
}
