/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netlink/netlink.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "netlink/netlink-socket.h"
#include "test-netns.h"

#define PORT     4711u
#define SEQUENCE 9u

/* Messages behind each other, as one datagram brings them. */
struct datagram {
        _Alignas(struct nlmsghdr) char bytes[1024];
        size_t size;
};

static struct nlmsghdr *put(struct datagram *d, uint16_t type, const void *payload, size_t size)
{
        struct nlmsghdr *message = (struct nlmsghdr *)(void *)(d->bytes + d->size);

        assert_true(d->size + NLMSG_SPACE(size) <= sizeof(d->bytes));
        *message = (struct nlmsghdr){.nlmsg_len = (uint32_t)NLMSG_LENGTH(size),
                                     .nlmsg_type = type,
                                     .nlmsg_seq = SEQUENCE,
                                     .nlmsg_pid = PORT};
        if (size > 0)
                memcpy(NLMSG_DATA(message), payload, size);
        d->size += NLMSG_SPACE(size);
        return message;
}

static struct nlmsghdr *put_error(struct datagram *d, int error)
{
        const struct nlmsgerr payload = {.error = error};
        return put(d, NLMSG_ERROR, &payload, sizeof(payload));
}

static struct nlmsghdr *put_done(struct datagram *d, int error)
{
        return put(d, NLMSG_DONE, &error, sizeof(error));
}

static int count(const struct nlmsghdr *message, void *userdata)
{
        ++*(unsigned *)userdata;
        return 0;
}

static int refuse(const struct nlmsghdr *message, void *userdata)
{
        return -ECANCELED;
}

static int take(const struct datagram *d, unsigned *n)
{
        const struct netlink_answer answer = {PORT, SEQUENCE, count, n};

        *n = 0;
        return netlink_answer_take(&answer, d->bytes, d->size);
}

static void test_answer(void **state)
{
        struct datagram d = {};
        unsigned n;

        put(&d, RTM_NEWLINK, "12345678", 8);
        put(&d, RTM_NEWLINK, "1234567", 7);
        assert_int_equal(take(&d, &n), 1);
        assert_int_equal(n, 2);
        put(&d, NLMSG_NOOP, NULL, 0);
        put_done(&d, 0);
        assert_int_equal(take(&d, &n), 0);
        assert_int_equal(n, 2);

        d.size = 0;
        put_error(&d, 0);
        assert_int_equal(take(&d, &n), 0);
        d.size = 0;
        put_error(&d, -ENODEV);
        assert_int_equal(take(&d, &n), -ENODEV);
        d.size = 0;
        put_done(&d, -ENOBUFS);
        assert_int_equal(take(&d, &n), -ENOBUFS);
        d.size = 0;
        put(&d, NLMSG_OVERRUN, NULL, 0);
        assert_int_equal(take(&d, &n), -ENOBUFS);
        d.size = 0;
        put(&d, NLMSG_DONE, NULL, 0);
        assert_int_equal(take(&d, &n), 0);
}

static void test_stops_when_told(void **state)
{
        const struct netlink_answer answer = {PORT, SEQUENCE, refuse, NULL};
        struct datagram d = {};

        put(&d, RTM_NEWLINK, NULL, 0);
        put_done(&d, 0);
        assert_int_equal(netlink_answer_take(&answer, d.bytes, d.size), -ECANCELED);
}

static void test_malformed(void **state)
{
        struct datagram d = {};
        unsigned n;

        put(&d, NLMSG_ERROR, "123", 3);
        assert_int_equal(take(&d, &n), -EBADMSG);
        d.size = 0;
        put_error(&d, 5);
        assert_int_equal(take(&d, &n), -EBADMSG);
        /* A length beyond the datagram, and one below the header's own. */
        d.size = 0;
        put(&d, RTM_NEWLINK, NULL, 0)->nlmsg_len = 4096;
        assert_int_equal(take(&d, &n), 1);
        assert_int_equal(n, 0);
        d.size = 0;
        put(&d, RTM_NEWLINK, NULL, 0)->nlmsg_len = 3;
        assert_int_equal(take(&d, &n), 1);
        assert_int_equal(n, 0);
}

/* A change in the middle of a dump, whichever of its messages says so. */
static void test_interrupted(void **state)
{
        struct datagram d = {};
        unsigned n;

        put(&d, RTM_NEWLINK, NULL, 0)->nlmsg_flags |= NLM_F_DUMP_INTR;
        put_done(&d, 0);
        assert_int_equal(take(&d, &n), -EINTR);
        d.size = 0;
        put_done(&d, 0)->nlmsg_flags |= NLM_F_DUMP_INTR;
        assert_int_equal(take(&d, &n), -EINTR);
}

/* Port and sequence number must both be right, 0 is none. */
static void test_answers_to_others(void **state)
{
        static const uint32_t ports[] = {0, 1, PORT + 1, PORT, PORT},
                              sequences[] = {SEQUENCE, SEQUENCE, SEQUENCE, 0, SEQUENCE + 1};

        for (size_t i = 0; i < ARRAY_SIZE(ports); i++) {
                struct datagram d = {};
                struct nlmsghdr *messages[] = {put(&d, RTM_NEWLINK, NULL, 0), put_done(&d, 0),
                                               put_error(&d, -ENOMEM)};
                unsigned n;

                for (size_t k = 0; k < ARRAY_SIZE(messages); k++) {
                        messages[k]->nlmsg_pid = ports[i];
                        messages[k]->nlmsg_seq = sequences[i];
                }
                assert_int_equal(take(&d, &n), 1);
                assert_int_equal(n, 0);
        }
}

static struct nlmsghdr *link_dump(struct datagram *d)
{
        const struct ifinfomsg header = {};
        struct nlmsghdr *request = put(d, RTM_GETLINK, &header, sizeof(header));

        request->nlmsg_flags = NLM_F_DUMP;
        return request;
}

static void test_limits(void **state)
{
        struct datagram d = {};
        unsigned n = 0;

        assert_int_equal(netlink_ask(NETLINK_ROUTE, link_dump(&d), count, &n), 0);
        assert_true(n >= 1);
        d.size = 0;
        assert_int_equal(
                netlink_ask_within(NETLINK_ROUTE, link_dump(&d),
                                   &(struct netlink_limits){.bytes = 64, .usec = USEC_PER_SEC},
                                   count, &n),
                -EFBIG);
        d.size = 0;
        assert_int_equal(netlink_ask_within(NETLINK_ROUTE, link_dump(&d),
                                            &(struct netlink_limits){.bytes = SIZE_MAX, .usec = 0},
                                            count, &n),
                         -ETIME);
}

/* A socket that got no answer at all: the wait has an end. */
static void test_no_answer(void **state)
{
        struct datagram d = {};
        struct nlmsghdr *request = put(&d, NLMSG_NOOP, NULL, 0);

        /* The kernel does not answer control messages, unless asked to acknowledge. */
        request->nlmsg_flags = NLM_F_DUMP;
        assert_int_equal(netlink_ask_within(NETLINK_ROUTE, request,
                                            &(struct netlink_limits){.bytes = SIZE_MAX,
                                                                     .usec = 50 * USEC_PER_MSEC},
                                            NULL, NULL),
                         -ETIME);
}

static uint32_t port_of(int fd)
{
        struct sockaddr_nl address;
        socklen_t size = sizeof(address);

        assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
        return address.nl_pid;
}

/* What any root of the namespace may send. */
static int forge(int fd, uint32_t port)
{
        const struct sockaddr_nl to = {.nl_family = AF_NETLINK, .nl_pid = port};
        struct datagram d = {};

        put_error(&d, -ENOMEM);
        return sendto(fd, d.bytes, d.size, 0, (const struct sockaddr *)&to, sizeof(to)) < 0 ? -errno
                                                                                            : 0;
}

static void test_forgeries(void **state)
{
        int home = test_netns_enter_new();
        int forger = netlink_socket_open(NETLINK_ROUTE, 0);
        int victim = netlink_socket_open(NETLINK_ROUTE, SOCK_NONBLOCK);
        struct sockaddr_nl any = {.nl_family = AF_NETLINK};
        struct datagram d;
        uint32_t port;

        assert_true(forger >= 0 && victim >= 0);
        /* Before it is connected everything comes in: what receive() looks at. */
        assert_int_equal(bind(victim, (struct sockaddr *)&any, sizeof(any)), 0);
        assert_int_equal(forge(forger, port_of(victim)), 0);
        assert_int_equal(netlink_socket_receive(victim, d.bytes, sizeof(d.bytes), 0), 0);
        assert_int_equal(netlink_socket_receive(victim, d.bytes, sizeof(d.bytes), 0), -EAGAIN);

        /* What is there already is thrown away, what comes later is refused. */
        assert_int_equal(forge(forger, port_of(victim)), 0);
        assert_int_equal(netlink_socket_connect(victim, 0, &port), 0);
        assert_int_equal(port, port_of(victim));
        assert_int_equal(netlink_socket_receive(victim, d.bytes, sizeof(d.bytes), 0), -EAGAIN);
        assert_int_equal(forge(forger, port), -ECONNREFUSED);
        assert_int_equal(netlink_socket_receive(victim, d.bytes, sizeof(d.bytes), 0), -EAGAIN);

        (void)close(victim);
        (void)close(forger);
        test_netns_leave(home);
}

/* A multicast group is another way in, which being connected does not close. */
static void test_forgeries_to_a_group(void **state)
{
        int home = test_netns_enter_new();
        int forger = netlink_socket_open(NETLINK_ROUTE, 0);
        int victim = netlink_socket_open(NETLINK_ROUTE, SOCK_NONBLOCK);
        const struct sockaddr_nl to = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK};
        struct datagram d = {};

        assert_int_equal(netlink_socket_connect(victim, RTMGRP_LINK, NULL), 0);
        put(&d, RTM_NEWLINK, NULL, 0);
        /* The kernel has no input for a link that is nobody's, and says so to the sender. */
        (void)sendto(forger, d.bytes, d.size, 0, (const struct sockaddr *)&to, sizeof(to));
        assert_int_equal(netlink_socket_receive(victim, d.bytes, sizeof(d.bytes), 0), 0);
        assert_int_equal(netlink_socket_receive(victim, d.bytes, sizeof(d.bytes), 0), -EAGAIN);
        (void)close(victim);
        (void)close(forger);
        test_netns_leave(home);
}

static void test_too_long(void **state)
{
        int fd = netlink_socket_open(NETLINK_ROUTE, SOCK_NONBLOCK);
        struct datagram d = {};
        const struct nlmsghdr *request = link_dump(&d);

        assert_int_equal(netlink_socket_connect(fd, 0, NULL), 0);
        d.bytes[NLMSG_HDRLEN] = AF_UNSPEC;
        ((struct nlmsghdr *)(void *)d.bytes)->nlmsg_flags |= NLM_F_REQUEST;
        assert_int_equal(send(fd, d.bytes, request->nlmsg_len, 0), request->nlmsg_len);
        assert_int_equal(netlink_socket_receive(fd, d.bytes, 16, 0), -EMSGSIZE);
        (void)close(fd);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_answer),
                cmocka_unit_test(test_stops_when_told),
                cmocka_unit_test(test_malformed),
                cmocka_unit_test(test_interrupted),
                cmocka_unit_test(test_answers_to_others),
                cmocka_unit_test(test_limits),
                cmocka_unit_test(test_no_answer),
                cmocka_unit_test(test_forgeries),
                cmocka_unit_test(test_forgeries_to_a_group),
                cmocka_unit_test(test_too_long),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
