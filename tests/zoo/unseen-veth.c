/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A veth whose other end is in a namespace that nothing in /proc leads to: a connection in our
 * listen backlog keeps it alive, or a datagram in our queue that nobody has read, each of a socket
 * that its sender has closed. At a line on stdin we let go of it. "chain": the veth leads to a
 * namespace that a child is in, and from there another one leads on to the unseen namespace. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "zoo.h"

/* A child that is where we are, until we end; it has not got the queue. */
static void leave_child(int queue)
{
        pid_t parent = getpid();

        if (zoo_check(fork(), "fork") > 0)
                return;
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(queue);
        while (getppid() == parent)
                pause();
        _exit(0);
}

/* A datagram from inside, in a queue of ours. */
static int receiver(char *ret_path)
{
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        int fd = zoo_check(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket(AF_UNIX)");

        snprintf(address.sun_path, sizeof(address.sun_path), "/tmp/zoo-queue-%d", (int)getpid());
        zoo_check(bind(fd, (struct sockaddr *)&address, sizeof(address)), "bind");
        strcpy(ret_path, address.sun_path);
        return fd;
}

static void send_datagram(const char *path)
{
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        int fd = zoo_check(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket(AF_UNIX)");

        snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
        zoo_check((int)sendto(fd, "z", 1, 0, (struct sockaddr *)&address, sizeof(address)),
                  "sendto");
        close(fd);
}

int main(int argc, char **argv)
{
        static const char *const variations[] = {"backlog", "datagram", "chain", NULL};
        struct zoo z, between;
        char path[64], name[16];
        bool datagram;

        zoo_start(&z, argc, argv, variations);
        datagram = zoo_is(&z, "datagram");
        int queue = datagram ? receiver(path) : zoo_listen(path);
        snprintf(name, sizeof(name), "zoo%d", (int)getpid());
        z.device = name;
        between = z;
        if (zoo_is(&z, "chain")) {
                zoo_enter(&between);
                zoo_veth("eth0", name, between.home);
                leave_child(queue);
        }
        zoo_enter(&z);
        zoo_veth("eth0", zoo_is(&z, "chain") ? "onward" : name, z.home);
        if (datagram)
                send_datagram(path);
        else
                close(zoo_connect(path));
        zoo_leave(&z);
        if (zoo_is(&z, "chain"))
                zoo_leave(&between);
        zoo_check(unlink(path), path);
        if (!datagram) {
                *strrchr(path, '/') = '\0';
                zoo_check(rmdir(path), path);
        }
        zoo_tell(&z);

        if (!zoo_next_act())
                return 0;
        close(queue);
        zoo_tell(&z);
        zoo_wait();
        return 0;
}
