/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netlink/netlink.h"

#include <libmnl/libmnl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "netlink/netlink-socket.h"
#include "util/clock.h"

/* The kernel fills dump messages up to 32 KiB when the reader offers that much (netlink_dump(),
 * 3.x and later); a larger buffer gains nothing. */
#define BUFFER_SIZE ((size_t)32 * 1024)

/* One question a socket. */
#define SEQUENCE 1

/* -EBADMSG, the kernel's negative errno, or 0 for a plain acknowledgement. */
static int take_error(const struct nlmsghdr *message)
{
        const struct nlmsgerr *error = mnl_nlmsg_get_payload(message);

        if (mnl_nlmsg_get_payload_len(message) < sizeof(*error) || error->error > 0)
                return -EBADMSG;
        return error->error;
}

/* A dump that fails half-way says so in the payload of its NLMSG_DONE, which libmnl 1.0 takes for
 * success. */
static int take_done(const struct nlmsghdr *message)
{
        int r = 0;

        if (mnl_nlmsg_get_payload_len(message) >= sizeof(r))
                r = *(const int *)mnl_nlmsg_get_payload(message);
        return MIN(r, 0);
}

static int take_message(const struct netlink_answer *answer, const struct nlmsghdr *message)
{
        int r;

        if (message->nlmsg_pid != answer->port || message->nlmsg_seq != answer->sequence)
                return 1;
        if (message->nlmsg_flags & NLM_F_DUMP_INTR)
                return -EINTR;
        switch (message->nlmsg_type) {
        case NLMSG_ERROR:
                return take_error(message);
        case NLMSG_DONE:
                return take_done(message);
        case NLMSG_OVERRUN:
                return -ENOBUFS;
        default:
                if (message->nlmsg_type < NLMSG_MIN_TYPE || !answer->fn)
                        return 1;
                r = answer->fn(message, answer->userdata);
                return r < 0 ? r : 1;
        }
}

/* mnl_nlmsg_ok() alone takes a length of 2 GiB and more for a negative one, which fits anywhere. */
static bool fits(const struct nlmsghdr *message, int left)
{
        return message->nlmsg_len <= (uint32_t)left && mnl_nlmsg_ok(message, left);
}

int netlink_answer_take(const struct netlink_answer *answer, const void *datagram, size_t size)
{
        const struct nlmsghdr *message = datagram;
        int left = (int)size, r = 1;

        if (size > INT32_MAX)
                return -EBADMSG;
        while (r > 0 && left >= (int)sizeof(*message) && fits(message, left)) {
                r = take_message(answer, message);
                message = mnl_nlmsg_next(message, &left);
        }
        return r;
}

static int set_wait(int fd, uint64_t usec)
{
        const struct timeval wait = {.tv_sec = (time_t)(usec / USEC_PER_SEC),
                                     .tv_usec = (suseconds_t)MAX(usec % USEC_PER_SEC, 1u)};

        return setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) < 0 ? negative_errno()
                                                                                : 0;
}

/* Reads until the answer is complete, or a limit is reached. */
static int receive(int fd, const struct netlink_answer *answer, const struct netlink_limits *limits)
{
        _cleanup_free_ char *buffer = malloc(BUFFER_SIZE);
        uint64_t end = clock_usec(CLOCK_MONOTONIC) + limits->usec;
        size_t size = 0;
        int r = 1;

        if (!buffer)
                return -ENOMEM;
        while (r > 0) {
                ssize_t n = netlink_socket_receive(fd, buffer, BUFFER_SIZE, 0);
                if (n > 0) {
                        r = netlink_answer_take(answer, buffer, (size_t)n);
                        size += (size_t)n;
                } else if (n < 0 && n != -EINTR) {
                        return n == -EAGAIN ? -ETIME : (int)n;
                }
                if (r > 0 && size > limits->bytes)
                        return -EFBIG;
                if (r > 0 && clock_usec(CLOCK_MONOTONIC) >= end)
                        return -ETIME;
        }
        return r;
}

int netlink_ask_within(int protocol, struct nlmsghdr *request, const struct netlink_limits *limits,
                       netlink_message_fn fn, void *userdata)
{
        struct netlink_answer answer = {.sequence = SEQUENCE, .fn = fn, .userdata = userdata};
        _cleanup_close_ int fd = netlink_socket_open(protocol, 0);
        int r;

        if (fd < 0)
                return fd;
        r = set_wait(fd, limits->usec);
        if (r < 0)
                return r;
        r = netlink_socket_connect(fd, 0, &answer.port);
        if (r < 0)
                return r;
        request->nlmsg_seq = SEQUENCE;
        request->nlmsg_flags |= NLM_F_REQUEST;
        if ((request->nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP)
                request->nlmsg_flags |= NLM_F_ACK;
        if (send(fd, request, request->nlmsg_len, 0) < 0)
                return negative_errno();
        return receive(fd, &answer, limits);
}

struct nlmsghdr *netlink_request_init(void *buffer, size_t size, uint16_t type, uint16_t flags)
{
        memset(buffer, 0, size);
        struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
        message->nlmsg_type = type;
        message->nlmsg_flags = NLM_F_REQUEST | flags;
        return message;
}

int netlink_ask(int protocol, struct nlmsghdr *request, netlink_message_fn fn, void *userdata)
{
        return netlink_ask_within(protocol, request, &NETLINK_LIMITS_DEFAULT, fn, userdata);
}
