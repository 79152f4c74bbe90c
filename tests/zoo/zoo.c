/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "zoo.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

int zoo_check(int result, const char *what)
{
        if (result < 0) {
                fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what,
                        strerror(errno));
                exit(EXIT_FAILURE);
        }
        return result;
}

int zoo_available(int result, const char *what)
{
        if (result < 0) {
                fprintf(stderr, "%s: not on this kernel: %s: %s\n", program_invocation_short_name,
                        what, strerror(errno));
                exit(ZOO_EXIT_UNAVAILABLE);
        }
        return result;
}

static _Noreturn void usage(const char *const variations[])
{
        fprintf(stderr, "Usage: %s", program_invocation_short_name);
        for (size_t i = 0; variations && variations[i]; i++)
                fprintf(stderr, "%s%s", i == 0 ? " [" : "|", variations[i]);
        fprintf(stderr, "%s\nKeeps a fresh network namespace alive until stdin ends.\n",
                variations ? "]" : "");
        exit(EXIT_FAILURE);
}

void zoo_start(struct zoo *z, int argc, char **argv, const char *const variations[])
{
        *z = (struct zoo){.program = program_invocation_short_name, .home = -1, .fd = -1};

        if (argc > (variations ? 2 : 1))
                usage(variations);
        if (variations) {
                z->variation = variations[0];
                for (size_t i = 0; argc > 1; i++) {
                        if (!variations[i])
                                usage(variations);
                        if (strcmp(variations[i], argv[1]) == 0) {
                                z->variation = variations[i];
                                break;
                        }
                }
        }
        zoo_check(prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl(PR_SET_PDEATHSIG)");
}

bool zoo_is(const struct zoo *z, const char *variation)
{
        return strcmp(z->variation, variation) == 0;
}

uint64_t zoo_inode(int fd)
{
        struct stat st;

        zoo_check(fstat(fd, &st), "fstat");
        return st.st_ino;
}

uint64_t zoo_cookie(int socket_fd)
{
        uint64_t cookie = 0;
        socklen_t size = sizeof(cookie);

        if (getsockopt(socket_fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &size) < 0)
                return 0;
        return cookie;
}

/* A child that does nothing but live in our namespace. */
static void leave_inhabitant(int home)
{
        pid_t parent = getpid();

        if (zoo_check(fork(), "fork") > 0)
                return;
        zoo_check(prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl(PR_SET_PDEATHSIG)");
        /* It may have ended before that. */
        if (getppid() != parent)
                _exit(0);
        close(home);
        for (;;)
                pause();
}

void zoo_enter(struct zoo *z)
{
        struct stat st;

        z->home = zoo_check(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC),
                            "opening our network namespace");
        zoo_check(unshare(CLONE_NEWNET), "unshare(CLONE_NEWNET)");
        zoo_check(stat("/proc/thread-self/ns/net", &st), "stat of the new network namespace");
        z->inode = st.st_ino;

        int fd = zoo_check(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket(AF_UNIX)");
        z->cookie = zoo_cookie(fd);
        if (!getenv("ZOO_SOCKET"))
                close(fd);
        if (getenv("ZOO_INHABITED"))
                leave_inhabitant(z->home);
}

void zoo_leave(struct zoo *z)
{
        zoo_check(setns(z->home, CLONE_NEWNET), "setns back");
        close(z->home);
        z->home = -1;
}

void zoo_tell(const struct zoo *z)
{
        pid_t pid = z->pid ? z->pid : getpid();

        printf("{\"way\":\"%s%s%s\",\"pid\":%d,\"tid\":%d", z->program, z->variation ? "-" : "",
               z->variation ? z->variation : "", (int)pid, (int)(z->tid ? z->tid : pid));
        if (z->fd >= 0)
                printf(",\"fd\":%d", z->fd);
        if (z->socket_inode > 0)
                printf(",\"socketInode\":%llu", (unsigned long long)z->socket_inode);
        if (z->path)
                printf(",\"path\":\"%s\"", z->path);
        if (z->device)
                printf(",\"device\":\"%s\"", z->device);
        if (z->unseen)
                printf(",\"unseen\":true");
        printf(",\"inode\":%llu", (unsigned long long)z->inode);
        if (z->cookie > 0)
                printf(",\"cookie\":%llu", (unsigned long long)z->cookie);
        printf("}\n");
        zoo_check(fflush(stdout), "writing to stdout");
}

bool zoo_next_act(void)
{
        char c = 0;

        while (c != '\n') {
                ssize_t n = read(STDIN_FILENO, &c, 1);
                if (n == 0 || (n < 0 && errno != EINTR))
                        return false;
        }
        return true;
}

void zoo_wait(void)
{
        while (zoo_next_act())
                ;
}

void zoo_send_fds(int queue, const int *fds, size_t n)
{
        union {
                char bytes[CMSG_SPACE(8 * sizeof(int))];
                struct cmsghdr align;
        } control = {0};
        char byte = 'z';
        struct iovec iov = {.iov_base = &byte, .iov_len = 1};
        struct msghdr message = {
                .msg_iov = &iov,
                .msg_iovlen = 1,
                .msg_control = control.bytes,
                .msg_controllen = CMSG_SPACE(n * sizeof(int)),
        };
        struct cmsghdr *c = CMSG_FIRSTHDR(&message);

        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(n * sizeof(int));
        memcpy(CMSG_DATA(c), fds, n * sizeof(int));
        zoo_check((int)sendmsg(queue, &message, 0), "sendmsg(SCM_RIGHTS)");
}

int zoo_listen(char *ret_path)
{
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        char folder[] = "/tmp/zoo-XXXXXX";

        if (!mkdtemp(folder))
                zoo_check(-1, "mkdtemp in /tmp");
        snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", folder);
        strcpy(ret_path, address.sun_path);

        int fd = zoo_check(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket(AF_UNIX)");
        zoo_check(bind(fd, (struct sockaddr *)&address, sizeof(address)), "bind");
        zoo_check(listen(fd, 8), "listen");
        return fd;
}

int zoo_connect(const char *path)
{
        struct sockaddr_un address = {.sun_family = AF_UNIX};

        snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
        int fd = zoo_check(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket(AF_UNIX)");
        zoo_check(connect(fd, (struct sockaddr *)&address, sizeof(address)), "connect");
        return fd;
}

void zoo_unlink(const char *path)
{
        char folder[64];

        zoo_check(unlink(path), path);
        snprintf(folder, sizeof(folder), "%s", path);
        *strrchr(folder, '/') = '\0';
        zoo_check(rmdir(folder), folder);
}

int zoo_tun(const char *name)
{
        struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
        int fd = zoo_available(open("/dev/net/tun", O_RDWR | O_CLOEXEC), "/dev/net/tun");

        if (name) {
                snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
                zoo_check(ioctl(fd, TUNSETIFF, &request), "TUNSETIFF");
        }
        return fd;
}

int zoo_rtnetlink(const void *request, size_t n)
{
        struct {
                struct nlmsghdr header;
                struct nlmsgerr error;
                char rest[256];
        } reply;

        int fd = zoo_check(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), "rtnetlink");
        zoo_check((int)send(fd, request, n, 0), "sending to rtnetlink");
        zoo_check((int)recv(fd, &reply, sizeof(reply), 0), "rtnetlink's answer");
        close(fd);
        errno = -reply.error.error;
        return reply.error.error < 0 ? -1 : 0;
}

static void ask_rtnetlink(const void *request, size_t size, const char *what)
{
        zoo_check(zoo_rtnetlink(request, size), what);
}

struct link_request {
        struct nlmsghdr header;
        struct ifinfomsg link;
        char attributes[256];
};

/* Appends an attribute, or begins one that holds others: its length is completed by end(). */
static struct rtattr *attribute(struct link_request *r, unsigned short type, const void *data,
                                size_t size)
{
        struct rtattr *a = (void *)((char *)r + NLMSG_ALIGN(r->header.nlmsg_len));

        a->rta_type = type;
        a->rta_len = (unsigned short)RTA_LENGTH(size);
        if (size > 0)
                memcpy(RTA_DATA(a), data, size);
        r->header.nlmsg_len = (unsigned)((char *)a - (char *)r) + (unsigned)RTA_ALIGN(a->rta_len);
        return a;
}

static void end(const struct link_request *r, struct rtattr *a)
{
        a->rta_len = (unsigned short)((const char *)r + r->header.nlmsg_len - (char *)a);
}

void zoo_veth(const char *name, const char *peer, int nsfs_fd)
{
        const struct ifinfomsg link = {};
        struct link_request r = {
                .header = {.nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg)),
                           .nlmsg_type = RTM_NEWLINK,
                           .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL},
        };

        (void)attribute(&r, IFLA_IFNAME, name, strlen(name) + 1);
        struct rtattr *info = attribute(&r, IFLA_LINKINFO, NULL, 0);
        (void)attribute(&r, IFLA_INFO_KIND, "veth", strlen("veth") + 1);
        struct rtattr *data = attribute(&r, IFLA_INFO_DATA, NULL, 0);
        struct rtattr *other = attribute(&r, VETH_INFO_PEER, &link, sizeof(link));
        (void)attribute(&r, IFLA_IFNAME, peer, strlen(peer) + 1);
        (void)attribute(&r, IFLA_NET_NS_FD, &nsfs_fd, sizeof(nsfs_fd));
        end(&r, other);
        end(&r, data);
        end(&r, info);
        ask_rtnetlink(&r, r.header.nlmsg_len, "making a veth");
}

void zoo_move_device(const char *name, int nsfs_fd)
{
        struct link_request r = {
                .header = {.nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg)),
                           .nlmsg_type = RTM_NEWLINK,
                           .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK},
                .link = {.ifi_index = (int)if_nametoindex(name)},
        };

        (void)attribute(&r, IFLA_NET_NS_FD, &nsfs_fd, sizeof(nsfs_fd));
        ask_rtnetlink(&r, r.header.nlmsg_len, "moving an interface");
}

bool zoo_leader_is_zombie(void)
{
        char path[64], state[512] = "";

        snprintf(path, sizeof(path), "/proc/self/task/%d/stat", (int)getpid());
        FILE *f = fopen(path, "re");
        if (!f)
                return false;
        size_t n = fread(state, 1, sizeof(state) - 1, f);
        fclose(f);
        const char *after_name = n > 0 ? strrchr(state, ')') : NULL;
        return after_name && after_name[1] == ' ' && after_name[2] == 'Z';
}
