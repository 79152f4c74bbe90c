/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A file of a FUSE file system that is ours, beside a socket of the namespace:
 *   exit      of a child process that ends, and waits for the file system before its files are
 *             closed: no fd of it shows any more, and it does not get on;
 *   refused   of a user who lets nobody else look at it, not even root. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "zoo.h"

#define MOUNT_POINT "/tmp"
#define FILE_NODE   2
#define OTHER_USER  65534

static void reply(int device, const struct fuse_in_header *in, int error, const void *data,
                  size_t n)
{
        char bytes[512];
        struct fuse_out_header out = {
                .len = (unsigned)(sizeof(out) + n), .error = error, .unique = in->unique};

        memcpy(bytes, &out, sizeof(out));
        if (n > 0)
                memcpy(bytes + sizeof(out), data, n);
        /* Whoever asked may have gone. */
        if (write(device, bytes, out.len) < 0 && errno != ENOENT)
                zoo_check(-1, "answering FUSE");
}

static struct fuse_attr attributes(uint64_t node)
{
        return (struct fuse_attr){.ino = node,
                                  .mode = node == FUSE_ROOT_ID ? S_IFDIR | 0755 : S_IFREG | 0666,
                                  .nlink = 1,
                                  .blksize = 4096};
}

/* Else no flush is ever answered. */
static bool answers_flush;

static void serve_one(int device, const struct fuse_in_header *in)
{
        const struct fuse_init_out init = {
                .major = FUSE_KERNEL_VERSION, .minor = 31, .max_write = 4096, .time_gran = 1};
        const struct fuse_entry_out entry = {
                .nodeid = FILE_NODE, .entry_valid = 100, .attr = attributes(FILE_NODE)};
        const struct fuse_attr_out attr = {.attr = attributes(in->nodeid)};
        const struct fuse_open_out opened = {0};

        switch (in->opcode) {
        case FUSE_INIT:
                reply(device, in, 0, &init, sizeof(init));
                return;
        case FUSE_LOOKUP:
                reply(device, in, 0, &entry, sizeof(entry));
                return;
        case FUSE_GETATTR:
                reply(device, in, 0, &attr, sizeof(attr));
                return;
        case FUSE_OPEN:
                reply(device, in, 0, &opened, sizeof(opened));
                return;
        case FUSE_RELEASE:
                reply(device, in, 0, NULL, 0);
                return;
        case FUSE_FLUSH:
                if (answers_flush)
                        reply(device, in, 0, NULL, 0);
                return;
        case FUSE_FORGET:
        case FUSE_BATCH_FORGET:
        case FUSE_INTERRUPT:
                return;
        default:
                reply(device, in, -ENOSYS, NULL, 0);
        }
}

static void *serve(void *userdata)
{
        static union {
                struct fuse_in_header in;
                char room[1 << 17];
        } request;
        int device = *(const int *)userdata;

        for (;;) {
                ssize_t n = read(device, &request, sizeof(request));
                if (n >= 0)
                        serve_one(device, &request.in);
                else if (errno != EINTR && errno != ENOENT)
                        return NULL;
        }
}

/* A file system of one file, whatever it is called. */
static void mount_fuse(int *device, uid_t owner)
{
        char options[128];

        *device = zoo_available(open("/dev/fuse", O_RDWR | O_CLOEXEC), "/dev/fuse");
        snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=%u,group_id=%u%s", *device,
                 owner, owner, owner == 0 ? ",allow_other" : "");
        zoo_check(unshare(CLONE_NEWNS), "unshare(CLONE_NEWNS)");
        zoo_check(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "making mounts private");
        zoo_check(mount("zoo", MOUNT_POINT, "fuse", MS_NOSUID | MS_NODEV, options), "FUSE");
}

static void serve_on_thread(int *device)
{
        pthread_t thread;

        zoo_check(-pthread_create(&thread, NULL, serve, device), "pthread_create");
}

/* The file, for a user who may not get to the mount point: @root was opened before. */
static void open_file(int root)
{
        (void)zoo_check(openat(root, "file", O_RDWR | O_CLOEXEC), "the file");
        close(root);
}

static void become_user(void)
{
        zoo_check(setresgid(OTHER_USER, OTHER_USER, OTHER_USER), "setresgid");
        zoo_check(setresuid(OTHER_USER, OTHER_USER, OTHER_USER), "setresuid");
}

/* In a process of its own, which answers to the last: a process that has a file open itself would
 * wait for itself when it is killed. */
static void serve_in_child(int *device)
{
        if (zoo_check(fork(), "fork") == 0) {
                /* What dies as another user cannot end a process of root's. */
                become_user();
                zoo_check(prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl(PR_SET_PDEATHSIG)");
                close(STDIN_FILENO);
                answers_flush = true;
                (void)serve(device);
                _exit(0);
        }
        close(*device);
}

static void open_socket(struct zoo *z)
{
        zoo_enter(z);
        z->fd = zoo_check(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket(AF_INET)");
        z->socket_inode = zoo_inode(z->fd);
        zoo_leave(z);
}

/* The child that hangs; @device is not its own, or its end would end the file system. */
static _Noreturn void hang(struct zoo *z, int device, int told)
{
        close(device);
        zoo_check(prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl(PR_SET_PDEATHSIG)");
        open_file(zoo_check(open(MOUNT_POINT, O_PATH | O_CLOEXEC), MOUNT_POINT));
        open_socket(z);
        zoo_check((int)write(told, z, sizeof(*z)), "write");
        _exit(0);
}

static bool hangs(pid_t pid)
{
        char path[64], status[4096] = "";

        snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
        FILE *f = fopen(path, "re");
        if (!f)
                return false;
        size_t n = fread(status, 1, sizeof(status) - 1, f);
        fclose(f);
        return n > 0 && strstr(status, "FDSize:\t0\n") && !strstr(status, "State:\tZ");
}

int main(int argc, char **argv)
{
        static const char *const variations[] = {"exit", "refused", NULL};
        static int device;
        int told[2];
        struct zoo z;

        zoo_start(&z, argc, argv, variations);
        if (zoo_is(&z, "refused")) {
                mount_fuse(&device, OTHER_USER);
                serve_in_child(&device);
                open_socket(&z);
                int root = zoo_check(open(MOUNT_POINT, O_PATH | O_CLOEXEC), MOUNT_POINT);
                become_user();
                zoo_check(prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl(PR_SET_PDEATHSIG)");
                open_file(root);
        } else {
                const char *variation = z.variation;
                mount_fuse(&device, 0);
                serve_on_thread(&device);
                zoo_check(pipe(told), "pipe");
                pid_t child = zoo_check(fork(), "fork");
                if (child == 0)
                        hang(&z, device, told[1]);
                zoo_check((int)read(told[0], &z, sizeof(z)), "read");
                z.variation = variation;
                z.pid = child;
                z.fd = -1;
                while (!hangs(child))
                        usleep(1000);
        }
        zoo_tell(&z);
        zoo_wait();
        _exit(0);
}
