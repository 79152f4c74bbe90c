/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files that look like those below /proc/PID/net of a namespace nothing else leads to, and are
 * none. No namespace is made.
 *
 * "host": /proc/self/net/dev of the namespace we are in. Somebody looks the same name up again,
 * from when on the link reads "… (deleted)". "cpuinfo": a file of procfs with a proper number,
 * bind-mounted where the path is right. "cpuinfo-gone": the same, unmounted since. "process": files
 * of ours in procfs, in a folder with the right path, many. "fuse": an empty file of a file system
 * in user space, with numbers as procfs has them. */
#include <fcntl.h>
#include <linux/fuse.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "zoo.h"

#define FORGED_INODE 0xF0001234U
#define FOLDER       "/tmp/5"
#define N_PROCESS    200

static int open_file(const char *path)
{
        return zoo_check(open(path, O_RDONLY | O_CLOEXEC), path);
}

static void own_tmp(void)
{
        zoo_check(unshare(CLONE_NEWNS), "unshare(CLONE_NEWNS)");
        zoo_check(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "making mounts private");
        zoo_check(mount("tmpfs", "/tmp", "tmpfs", 0, NULL), "mounting a tmpfs");
        zoo_check(mkdir(FOLDER, 0755), "mkdir");
        zoo_check(mkdir(FOLDER "/net", 0755), "mkdir");
}

static int open_host(void)
{
        char path[64];

        int fd = open_file("/proc/self/net/dev");
        (void)snprintf(path, sizeof(path), "/proc/%d/net/dev", (int)getpid());
        pid_t pid = zoo_check(fork(), "fork");
        if (pid == 0) {
                close(open_file(path));
                _exit(0);
        }
        zoo_check(waitpid(pid, NULL, 0), "waitpid");
        return fd;
}

static int open_cpuinfo(void)
{
        own_tmp();
        close(zoo_check(open(FOLDER "/net/tcp", O_RDONLY | O_CREAT | O_CLOEXEC, 0400), "tcp"));
        zoo_check(mount("/proc/cpuinfo", FOLDER "/net/tcp", NULL, MS_BIND, NULL), "bind mount");
        return open_file(FOLDER "/net/tcp");
}

static int open_process(void)
{
        char path[64];
        int fd = -1;

        own_tmp();
        (void)snprintf(path, sizeof(path), "/proc/%d", (int)getpid());
        zoo_check(mount(path, FOLDER "/net", NULL, MS_BIND | MS_REC, NULL), "bind mount");
        for (int i = 0; i < N_PROCESS; i++) {
                (void)snprintf(path, sizeof(path), FOLDER "/net/fdinfo/%d", i == 0 ? 0 : fd);
                fd = open_file(path);
        }
        return fd;
}

/* Answers one request of the kernel's, of which @in is the head: everything is a folder but the
 * third node. */
static void answer(int fuse, const struct fuse_in_header *in, const void *body)
{
        static const char *const names[] = {NULL, "5", "net", "tcp"};
        struct {
                struct fuse_out_header head;
                union {
                        struct fuse_init_out init;
                        struct fuse_entry_out entry;
                        struct fuse_attr_out attr;
                        struct fuse_open_out open;
                } u;
        } out = {.head = {.unique = in->unique}};
        uint64_t node = in->nodeid;
        size_t n = 0;

        switch (in->opcode) {
        case FUSE_INIT:
                out.u.init = (struct fuse_init_out){
                        .major = FUSE_KERNEL_VERSION, .minor = 23, .max_write = 4096};
                n = FUSE_COMPAT_22_INIT_OUT_SIZE;
                break;
        case FUSE_LOOKUP:
                node++;
                if (node > 4 || strcmp(body, names[node - 1]) != 0)
                        out.head.error = -2; /* ENOENT */
                __attribute__((fallthrough));
        case FUSE_GETATTR:
                out.u.attr.attr_valid = 60;
                out.u.attr.attr = (struct fuse_attr){
                        .ino = FORGED_INODE,
                        .mode = node == 4 ? S_IFREG | 0444 : S_IFDIR | 0555,
                        .nlink = 1,
                        .blksize = 1024,
                };
                n = sizeof(out.u.attr);
                if (in->opcode == FUSE_LOOKUP) {
                        struct fuse_attr attr = out.u.attr.attr;
                        out.u.entry = (struct fuse_entry_out){
                                .nodeid = node, .entry_valid = 60, .attr_valid = 60, .attr = attr};
                        n = sizeof(out.u.entry);
                }
                break;
        case FUSE_OPEN:
                n = sizeof(out.u.open);
                break;
        case FUSE_RELEASE:
        case FUSE_FLUSH:
        case FUSE_ACCESS:
                break;
        case FUSE_FORGET:
        case FUSE_BATCH_FORGET:
                return;
        default:
                out.head.error = -38; /* ENOSYS */
        }
        out.head.len = (uint32_t)(sizeof(out.head) + (out.head.error ? 0 : n));
        if (write(fuse, &out, out.head.len) < 0)
                exit(EXIT_FAILURE);
}

static _Noreturn void serve(int fuse)
{
        static char request[FUSE_MIN_READ_BUFFER * 4];

        zoo_check(prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl");
        for (;;) {
                ssize_t n = read(fuse, request, sizeof(request));
                if (n < (ssize_t)sizeof(struct fuse_in_header))
                        exit(EXIT_FAILURE);
                answer(fuse, (const void *)request, request + sizeof(struct fuse_in_header));
        }
}

static int open_fuse(void)
{
        char options[64];

        own_tmp();
        int fuse = zoo_available(open("/dev/fuse", O_RDWR | O_CLOEXEC), "/dev/fuse");
        (void)snprintf(options, sizeof(options),
                       "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other", fuse);
        zoo_available(mount("forged", "/tmp", "fuse", MS_NOSUID | MS_NODEV, options), "FUSE");
        if (zoo_check(fork(), "fork") == 0)
                serve(fuse);
        close(fuse);
        return open_file(FOLDER "/net/tcp");
}

int main(int argc, char **argv)
{
        static const char *const variations[] = {"host",    "cpuinfo", "cpuinfo-gone",
                                                 "process", "fuse",    NULL};
        struct zoo z;

        zoo_start(&z, argc, argv, variations);
        if (zoo_is(&z, "host"))
                z.fd = open_host();
        else if (zoo_is(&z, "process"))
                z.fd = open_process();
        else if (zoo_is(&z, "fuse"))
                z.fd = open_fuse();
        else {
                z.fd = open_cpuinfo();
                if (zoo_is(&z, "cpuinfo-gone"))
                        zoo_check(umount2(FOLDER "/net/tcp", MNT_DETACH), "unmounting");
        }
        zoo_tell(&z);
        zoo_wait();
        return 0;
}
