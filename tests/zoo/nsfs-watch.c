/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A watch on the file of a namespace. It keeps the file's inode, and that the namespace; nobody can
 * open it that way. */
#include <fcntl.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "zoo.h"

#define NETNS "/proc/thread-self/ns/net"

int main(int argc, char **argv)
{
        static const char *const variations[] = {"inotify", "fanotify", NULL};
        struct zoo z;

        zoo_start(&z, argc, argv, variations);
        zoo_enter(&z);
        if (zoo_is(&z, "inotify")) {
                z.fd = zoo_check(inotify_init1(IN_CLOEXEC), "inotify_init1");
                zoo_check(inotify_add_watch(z.fd, NETNS, IN_OPEN), "inotify_add_watch");
        } else {
                z.fd = zoo_available(fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC, O_RDONLY),
                                     "fanotify_init");
                zoo_check(fanotify_mark(z.fd, FAN_MARK_ADD, FAN_OPEN, AT_FDCWD, NETNS),
                          "fanotify_mark");
        }
        zoo_leave(&z);
        zoo_tell(&z);
        zoo_wait();
        return 0;
}
