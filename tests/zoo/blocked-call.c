/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A thread waits in recv(2) on a socket whose fd another thread has closed meanwhile: the call
 * itself holds the socket, and no file in /proc names it. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "zoo.h"

static void *wait_for_bytes(void *userdata)
{
        struct zoo *z = userdata;
        char byte;

        z->tid = gettid();
        (void)recv(z->fd, &byte, 1, 0);
        return NULL;
}

/* /proc/self/task/TID/syscall: the number of the call a thread waits in, and its arguments. */
static bool waits_in_recv(const struct zoo *z)
{
        char path[64], line[256] = "";
        int number;
        unsigned long long fd;

        snprintf(path, sizeof(path), "/proc/self/task/%d/syscall", (int)z->tid);
        FILE *f = fopen(path, "re");
        if (!f)
                return false;
        (void)!fgets(line, sizeof(line), f);
        fclose(f);
        return sscanf(line, "%d 0x%llx", &number, &fd) == 2 && fd == (unsigned long long)z->fd;
}

int main(int argc, char **argv)
{
        static struct zoo z;
        pthread_t thread;

        zoo_start(&z, argc, argv, NULL);
        zoo_enter(&z);
        z.fd = zoo_check(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket(AF_INET)");
        z.socket_inode = zoo_inode(z.fd);
        zoo_leave(&z);
        pthread_create(&thread, NULL, wait_for_bytes, &z);
        while (!waits_in_recv(&z))
                usleep(1000);
        close(z.fd);
        z.fd = -1;
        zoo_tell(&z);
        zoo_wait();
        _exit(0);
}
