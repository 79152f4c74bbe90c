/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Answers in the kernel's stead, in a user and a network namespace of its own: whatever asks there
 * over netlink from port PORT gets what this sends, as fast as it can.
 *
 *   forge-netlink PORT error          "out of memory", to every question
 *   forge-netlink PORT claim          whatever unix socket is made about now is here, and idle
 *   forge-netlink PORT link           an interface "forged0", and the end of the list
 *
 * Says {"inode": …} of its network namespace when it begins, {"sent": …, "delivered": …} at the end
 * of its stdin. */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define EXIT_UNAVAILABLE 77

/* So many sockets one message tells of. */
#define SOCKETS 500

/* So many inode numbers are claimed. The kernel hands them out to each CPU by the thousand. */
#define FORGERIES 16
#define CLAIMED   ((uint32_t)SOCKETS * FORGERIES)

/* So many sockets are really there: a list that does not fit one message waits to be read on, and
 * with a queue full of forgeries it waits for ever. */
#define REAL_SOCKETS 900

struct told_socket {
        struct nlmsghdr header;
        struct unix_diag_msg socket;
        struct nlattr attribute;
        struct unix_diag_rqlen queues;
};

struct told_link {
        struct nlmsghdr header;
        struct ifinfomsg link;
        struct nlattr attribute;
        char name[8];
};

union forgery {
        struct {
                struct nlmsghdr header;
                struct nlmsgerr error;
        } error;
        struct {
                struct told_link link;
                struct nlmsghdr done;
                int status;
        } links;
        struct told_socket sockets[SOCKETS];
};

static struct nlmsghdr header_of(uint32_t port, uint16_t type, size_t size)
{
        return (struct nlmsghdr){.nlmsg_len = (uint32_t)size,
                                 .nlmsg_type = type,
                                 .nlmsg_flags = NLM_F_MULTI,
                                 .nlmsg_seq = 1,
                                 .nlmsg_pid = port};
}

static size_t forge_error(union forgery *f, uint32_t port)
{
        f->error.header = header_of(port, NLMSG_ERROR, sizeof(f->error));
        f->error.error.error = -ENOMEM;
        return sizeof(f->error);
}

static size_t forge_sockets(union forgery *f, uint32_t port, uint32_t first, uint32_t *next)
{
        for (size_t i = 0; i < SOCKETS; i++) {
                struct told_socket *s = &f->sockets[i];
                s->header = header_of(port, SOCK_DIAG_BY_FAMILY, sizeof(*s));
                s->socket = (struct unix_diag_msg){.udiag_family = AF_UNIX,
                                                   .udiag_type = SOCK_STREAM,
                                                   .udiag_state = 1,
                                                   .udiag_ino = first + (*next)++};
                s->attribute =
                        (struct nlattr){sizeof(s->attribute) + sizeof(s->queues), UNIX_DIAG_RQLEN};
                s->queues = (struct unix_diag_rqlen){};
        }
        return sizeof(f->sockets);
}

static size_t forge_links(union forgery *f, uint32_t port)
{
        struct told_link *l = &f->links.link;

        l->header = header_of(port, RTM_NEWLINK, sizeof(*l));
        l->link = (struct ifinfomsg){.ifi_index = 77};
        l->attribute = (struct nlattr){sizeof(l->attribute) + sizeof(l->name), IFLA_IFNAME};
        memcpy(l->name, "forged0", sizeof(l->name));
        f->links.done = header_of(port, NLMSG_DONE, sizeof(f->links.done) + sizeof(int));
        return sizeof(f->links);
}

static void check(bool good, const char *what)
{
        if (good)
                return;
        perror(what);
        exit(EXIT_FAILURE);
}

/* The inode number of the last. */
static uint32_t open_sockets(void)
{
        struct stat st = {};

        for (unsigned i = 0; i < REAL_SOCKETS; i++) {
                int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
                check(fd >= 0 && fstat(fd, &st) == 0, "socket");
        }
        return (uint32_t)st.st_ino;
}

static bool is_over(void)
{
        struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
        return poll(&in, 1, 0) > 0;
}

int main(int argc, char **argv)
{
        static union forgery forgeries[FORGERIES];
        struct sockaddr_nl to = {.nl_family = AF_NETLINK};
        unsigned long sent = 0, delivered = 0;
        uint32_t next = 0;
        struct stat st;
        size_t size = 0;

        if (argc < 3)
                return EXIT_FAILURE;
        const char *what = argv[2];
        to.nl_pid = (uint32_t)strtoul(argv[1], NULL, 10);
        if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0) {
                perror("no user namespaces for everybody");
                return EXIT_UNAVAILABLE;
        }
        int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC,
                        strcmp(what, "link") == 0 ? NETLINK_ROUTE : NETLINK_SOCK_DIAG);
        check(fd >= 0, "socket");
        /* A message of everything at once takes more room than a socket has by itself. */
        check(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &(int){1 << 20}, sizeof(int)) == 0,
              "SO_SNDBUF");
        uint32_t inode = open_sockets();
        check(stat("/proc/self/ns/net", &st) == 0, "stat");
        printf("{\"inode\": %lu}\n", (unsigned long)st.st_ino);
        (void)fflush(stdout);

        for (size_t i = 0; i < FORGERIES; i++)
                if (strcmp(what, "error") == 0)
                        size = forge_error(&forgeries[i], to.nl_pid);
                else if (strcmp(what, "link") == 0)
                        size = forge_links(&forgeries[i], to.nl_pid);
                else
                        size = forge_sockets(&forgeries[i], to.nl_pid, inode - CLAIMED / 2, &next);
        check(connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0, "connect");
        for (; sent % 4096 != 0 || !is_over(); sent++)
                delivered +=
                        send(fd, &forgeries[sent % FORGERIES], size, MSG_DONTWAIT) == (ssize_t)size;
        printf("{\"sent\": %lu, \"delivered\": %lu}\n", sent, delivered);
        return EXIT_SUCCESS;
}
