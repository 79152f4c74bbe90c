/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Row 3: an nsfs bind mount, no fd of it. Pinned, whoever sees the mount:
 *   plain    a process alone in a mount namespace;
 *   chroot   one that is in a chroot there, so that its list of mounts lacks it, and its child,
 * with a higher pid, that is not; leader   a process whose first thread has ended; thread   one
 * thread that has a mount namespace of its own; fd       nobody: an fd leads to the mount
 * namespace, and no task is in it. */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "zoo.h"

static struct zoo z; /* outlives the stack of the first thread */

static void mount_it(void)
{
        z.path = "/tmp/netns";
        zoo_check(unshare(CLONE_NEWNS), "unshare(CLONE_NEWNS)");
        zoo_check(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "making mounts private");
        zoo_check(mount("tmpfs", "/tmp", "tmpfs", 0, NULL), "mounting a tmpfs");
        close(zoo_check(open(z.path, O_RDONLY | O_CREAT | O_CLOEXEC, 0400), z.path));
        zoo_enter(&z);
        zoo_check(mount("/proc/thread-self/ns/net", z.path, NULL, MS_BIND, NULL), "bind mount");
        zoo_leave(&z);
}

/* The child that sees the mount is the one to be named. */
static void into_chroot(void)
{
        int ready[2];
        char byte;

        zoo_check(mkdir("/tmp/jail", 0755), "/tmp/jail");
        zoo_check(pipe(ready), "pipe");
        pid_t child = zoo_check(fork(), "fork");
        if (child == 0) {
                zoo_check(prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl(PR_SET_PDEATHSIG)");
                close(STDIN_FILENO);
                zoo_check((int)write(ready[1], "", 1), "write");
                for (;;)
                        pause();
        }
        zoo_check((int)read(ready[0], &byte, 1), "read");
        zoo_check(chroot("/tmp/jail"), "chroot");
        zoo_check(chdir("/"), "chdir");
        z.pid = child;
}

static void out_again(int home)
{
        (void)zoo_check(open("/proc/thread-self/ns/mnt", O_RDONLY | O_CLOEXEC), "ns/mnt");
        zoo_check(setns(home, CLONE_NEWNS), "setns back");
        close(home);
        z.unseen = true;
}

static void *second_thread(void *userdata)
{
        if (zoo_is(&z, "thread")) {
                zoo_check(unshare(CLONE_FS), "unshare(CLONE_FS)");
                mount_it();
        } else {
                zoo_check(prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl(PR_SET_PDEATHSIG)");
                while (!zoo_leader_is_zombie())
                        usleep(1000);
        }
        z.tid = gettid();
        zoo_tell(&z);
        zoo_wait();
        _exit(0);
}

int main(int argc, char **argv)
{
        static const char *const variations[] = {"plain", "chroot", "leader", "thread", "fd", NULL};
        pthread_t thread;

        zoo_start(&z, argc, argv, variations);
        int home = zoo_check(open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC), "/proc/self/ns/mnt");
        if (!zoo_is(&z, "thread"))
                mount_it();
        if (zoo_is(&z, "fd"))
                out_again(home);
        else
                close(home);
        if (zoo_is(&z, "chroot"))
                into_chroot();
        if (zoo_is(&z, "leader") || zoo_is(&z, "thread")) {
                zoo_check(-pthread_create(&thread, NULL, second_thread, NULL), "pthread_create");
                if (zoo_is(&z, "leader"))
                        pthread_exit(NULL);
                pthread_join(thread, NULL);
        }
        zoo_tell(&z);
        zoo_wait();
        return 0;
}
