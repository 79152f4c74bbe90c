/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "report/holder-text.h"
#include "util/macro.h"

static void check(const struct holder *h, enum holder_text_style style, const char *expected)
{
        _cleanup_free_ char *text = holder_text(h, style);
        assert_string_equal(text, expected);
}

static struct holder of_kind(enum holder_kind kind)
{
        struct holder h = HOLDER_OF(411, 411, 3);

        h.kind = kind;
        return h;
}

static struct holder of_socket(enum holder_kind kind)
{
        struct holder h = of_kind(kind);

        h.family = AF_NETLINK;
        h.type = SOCK_RAW;
        h.protocol = 0;
        h.socket_inode = 8628;
        return h;
}

static void test_each_kind(void **state)
{
        static const struct {
                enum holder_kind kind;
                const char *cell, *clause, *detail;
        } kinds[] = {
                {HOLDER_TASK, "task fd 3", "a task in it, fd 3", "being in it"},
                {HOLDER_NSFS_FD, "namespace fd 3", "an open namespace file, fd 3",
                 "fd 3, which leads to the namespace"},
                {HOLDER_NSFS_MOUNT, "mount fd 3", "a mount, fd 3", "the mount of it"},
                {HOLDER_NSFS_WATCH, "watch on the namespace fd 3",
                 "a watch on a namespace file, fd 3", "fd 3, which watches the namespace's file"},
                {HOLDER_SOCKET, "socket fd 3", "its socket, fd 3", "fd 3, a socket"},
                {HOLDER_SOCKET_IN_FLIGHT, "in the queue of fd 3",
                 "a socket in flight, in the queue of a unix socket, fd 3",
                 "the queue of fd 3, in which a file waits to be received"},
                {HOLDER_SOCKET_MAPPING, "mapped socket fd 3",
                 "a socket that is mapped, its fd closed, fd 3",
                 "its memory, into which a socket is mapped"},
                {HOLDER_SOCKET_BACKLOG, "not accepted, socket fd 3",
                 "a connection not accepted yet, a socket, fd 3",
                 "a connection that was not accepted yet"},
                {HOLDER_SOCKET_CLOSING, "closing socket fd 3",
                 "a closed socket that still sends, fd 3",
                 "a socket that is closed and still sends"},
                {HOLDER_SOCKET_PEER, "closed peer of socket fd 3",
                 "the closed peer of its socket, fd 3",
                 "fd 3, a socket whose closed peer was made in the namespace"},
                {HOLDER_TUN, "tun fd 3", "an open /dev/net/tun, fd 3", "fd 3, a tun device"},
                {HOLDER_TAP, "tap fd 3", "an open /dev/tap, fd 3", "fd 3, a tap device"},
                {HOLDER_VHOST, "vhost fd 3", "an open vhost device, fd 3", "fd 3, a vhost device"},
                {HOLDER_IO_URING_FILE, "io_uring fd 3",
                 "a file registered with io_uring, its fd closed, fd 3",
                 "the io_uring of fd 3, with which a socket is registered"},
                {HOLDER_IO_URING_REQUEST, "io_uring request fd 3",
                 "a file that an io_uring request waits for, fd 3",
                 "a request that waits in the io_uring of fd 3"},
                {HOLDER_PROC_NET_FILE, "file fd 3", "the open file, fd 3",
                 "fd 3, the file below /proc/net"},
                {HOLDER_FS_CONTEXT, "fsopen fd 3", "a file system context (fsopen), fd 3",
                 "fd 3, a file system context made in the namespace"},
                {HOLDER_BPF_ITERATOR, "BPF iterator fd 3", "an open BPF iterator, fd 3",
                 "fd 3, a BPF iterator opened in the namespace"},
                {HOLDER_BPF_LINK, "BPF link fd 3", "a BPF netfilter link, fd 3",
                 "a BPF netfilter link, fd 3"},
                {HOLDER_KERNEL_MOUNT, "file system fd 3", "the mounted file system, fd 3",
                 "the file system mounted at an unknown place"},
                {HOLDER_UNEXPLAINED, "unexplained fd 3", "a reference that is found nowhere, fd 3",
                 "a reference that was found nowhere"},
        };

        assert_int_equal(ARRAY_SIZE(kinds), _HOLDER_KIND_MAX - 1);
        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
                struct holder h = of_kind(kinds[i].kind);
                check(&h, HOLDER_TEXT_CELL, kinds[i].cell);
                check(&h, HOLDER_TEXT_CLAUSE, kinds[i].clause);
                check(&h, HOLDER_TEXT_DETAIL, kinds[i].detail);
        }
}

static void test_sockets(void **state)
{
        struct holder h = of_socket(HOLDER_SOCKET);

        check(&h, HOLDER_TEXT_CELL, "socket fd 3 netlink/route");
        check(&h, HOLDER_TEXT_CLAUSE, "its netlink/route socket, fd 3");
        check(&h, HOLDER_TEXT_DETAIL, "fd 3, a netlink/route socket, inode 8628");
        /* A protocol without a name says less than the type. */
        h.family = AF_UNIX;
        h.type = SOCK_STREAM;
        check(&h, HOLDER_TEXT_CELL, "socket fd 3 unix/stream");
        check(&h, HOLDER_TEXT_CLAUSE, "its unix/stream socket, fd 3");
        check(&h, HOLDER_TEXT_DETAIL, "fd 3, a unix/stream socket, inode 8628");
        h.family = AF_INET;
        h.protocol = 6;
        check(&h, HOLDER_TEXT_DETAIL, "fd 3, an inet/tcp socket, inode 8628");
        /* Without names there are numbers, where there is room for them. */
        h.family = 99;
        h.type = 9;
        check(&h, HOLDER_TEXT_CELL, "socket fd 3 99/9");
        check(&h, HOLDER_TEXT_CLAUSE, "its socket, fd 3");
        check(&h, HOLDER_TEXT_DETAIL, "fd 3, a socket of family 99, inode 8628");
        h.type = -1;
        check(&h, HOLDER_TEXT_CELL, "socket fd 3 99");
        h = of_socket(HOLDER_SOCKET_MAPPING);
        check(&h, HOLDER_TEXT_CLAUSE, "a netlink/route socket that is mapped, its fd closed, fd 3");
        h = of_socket(HOLDER_SOCKET_BACKLOG);
        check(&h, HOLDER_TEXT_CLAUSE,
              "a connection not accepted yet, a netlink/route socket, fd 3");
}

static void test_what_is_carried(void **state)
{
        struct holder h = of_socket(HOLDER_SOCKET_IN_FLIGHT);

        h.carried = HOLDER_SOCKET;
        check(&h, HOLDER_TEXT_CELL, "socket in the queue of fd 3 netlink/route");
        check(&h, HOLDER_TEXT_CLAUSE,
              "a netlink/route socket in flight, in the queue of a unix socket, fd 3");
        check(&h, HOLDER_TEXT_DETAIL,
              "the queue of fd 3, in which a socket waits to be received, inode 8628");
        h = of_kind(HOLDER_SOCKET_IN_FLIGHT);
        h.carried = HOLDER_TUN;
        check(&h, HOLDER_TEXT_CELL, "tun in the queue of fd 3");
        check(&h, HOLDER_TEXT_CLAUSE, "a tun file in flight, in the queue of a unix socket, fd 3");
        check(&h, HOLDER_TEXT_DETAIL, "the queue of fd 3, in which a tun waits to be received");
        h.carried = HOLDER_NSFS_FD;
        check(&h, HOLDER_TEXT_CLAUSE,
              "a namespace file in flight, in the queue of a unix socket, fd 3");
        h = of_kind(HOLDER_IO_URING_FILE);
        h.carried = HOLDER_NSFS_FD;
        check(&h, HOLDER_TEXT_DETAIL,
              "the io_uring of fd 3, with which a namespace file is registered");
}

static void test_paths_and_devices(void **state)
{
        static char path[] = "/run/netns/blue", device[] = "tun0";
        struct holder h = of_kind(HOLDER_NSFS_MOUNT);

        h.pid = h.tid = 0;
        h.path = path;
        check(&h, HOLDER_TEXT_CELL, "mount /run/netns/blue");
        check(&h, HOLDER_TEXT_DETAIL, "the mount /run/netns/blue");
        h.pid = h.tid = 7;
        check(&h, HOLDER_TEXT_DETAIL, "the mount /run/netns/blue in its mount namespace");
        h = of_kind(HOLDER_PROC_NET_FILE);
        h.path = path;
        check(&h, HOLDER_TEXT_CLAUSE, "the open file /run/netns/blue, fd 3");
        check(&h, HOLDER_TEXT_DETAIL, "fd 3, the file /run/netns/blue");
        h = of_kind(HOLDER_BPF_LINK);
        h.path = path;
        h.fd = -1;
        check(&h, HOLDER_TEXT_DETAIL, "a BPF netfilter link, pinned at /run/netns/blue");
        h.path = NULL;
        check(&h, HOLDER_TEXT_DETAIL, "a BPF netfilter link");
        h = of_kind(HOLDER_TUN);
        h.device = device;
        check(&h, HOLDER_TEXT_CELL, "tun fd 3 tun0");
        check(&h, HOLDER_TEXT_CLAUSE, "an open /dev/net/tun (tun0), fd 3");
        check(&h, HOLDER_TEXT_DETAIL, "fd 3, a tun device with interface tun0");
        h.kind = HOLDER_TAP;
        check(&h, HOLDER_TEXT_DETAIL, "fd 3, a tap device of interface tun0");
}

static void test_threads(void **state)
{
        struct holder h = of_kind(HOLDER_TASK);

        h.fd = -1;
        h.tid = 412;
        check(&h, HOLDER_TEXT_CELL, "task of thread 412");
        check(&h, HOLDER_TEXT_CLAUSE, "a task in it of thread 412");
        check(&h, HOLDER_TEXT_DETAIL, "being in it (of thread 412)");
}

/* What is not known holds the namespace all the same. */
static void test_unknown(void **state)
{
        struct holder h = of_kind(HOLDER_NONE);

        check(&h, HOLDER_TEXT_CELL, "unknown fd 3");
        h.fd = -1;
        check(&h, HOLDER_TEXT_CLAUSE, "");
        check(&h, HOLDER_TEXT_DETAIL, "");
}

static void check_process(const struct holder *h, const char *expected)
{
        _cleanup_free_ char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);

        holder_text_print_process(f, h);
        assert_int_equal(fclose(f), 0);
        assert_string_equal(text, expected);
}

static void test_process(void **state)
{
        struct process p = {.pid = 411, .comm = (char *)"nginx", .unit = (char *)"nginx.service"};
        struct holder h = of_kind(HOLDER_SOCKET);

        check_process(&h, "a process (pid 411)");
        h.process = &p;
        check_process(&h, "nginx (pid 411, nginx.service)");
        p.unit = NULL;
        check_process(&h, "nginx (pid 411)");
        h.pid = 0;
        check_process(&h, "no process that could be seen");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_each_kind),       cmocka_unit_test(test_sockets),
                cmocka_unit_test(test_what_is_carried), cmocka_unit_test(test_paths_and_devices),
                cmocka_unit_test(test_threads),         cmocka_unit_test(test_unknown),
                cmocka_unit_test(test_process),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
