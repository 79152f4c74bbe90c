/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netlink/netlink.h"

#include <libmnl/libmnl.h>
#include <sys/socket.h>

/* The kernel fills dump messages up to 32 KiB when the reader offers that much (netlink_dump(),
 * 3.x and later); a larger buffer gains nothing. */
#define BUFFER_SIZE ((size_t)32 * 1024)

static void socket_closep(struct mnl_socket **s)
{
        if (*s) {
                int saved = errno;
                (void)mnl_socket_close(*s);
                errno = saved;
        }
}

struct answer {
        netlink_message_fn fn;
        void *userdata;
        int r; /* what fn returned last, or the kernel's error */
};

static int on_message(const struct nlmsghdr *message, void *userdata)
{
        struct answer *answer = userdata;

        answer->r = answer->fn ? answer->fn(message, answer->userdata) : 0;
        return answer->r < 0 ? MNL_CB_ERROR : MNL_CB_OK;
}

/* libmnl's own callbacks serve only message types above the table it is given, and the table must
 * reach up to NLMSG_DONE: so the error is ours too. */
static int on_error(const struct nlmsghdr *message, void *userdata)
{
        struct answer *answer = userdata;
        const struct nlmsgerr *error = mnl_nlmsg_get_payload(message);

        if (mnl_nlmsg_get_payload_len(message) < sizeof(*error))
                answer->r = -EBADMSG;
        else
                answer->r = error->error;
        return answer->r < 0 ? MNL_CB_ERROR : MNL_CB_STOP;
}

/* A dump that fails half-way says so in the payload of its NLMSG_DONE, which libmnl 1.0 takes for
 * success. */
static int on_done(const struct nlmsghdr *message, void *userdata)
{
        struct answer *answer = userdata;

        if (mnl_nlmsg_get_payload_len(message) >= sizeof(int)) {
                int r = *(const int *)mnl_nlmsg_get_payload(message);
                if (r < 0) {
                        answer->r = r;
                        return MNL_CB_ERROR;
                }
        }
        return MNL_CB_STOP;
}

int netlink_ask(int protocol, struct nlmsghdr *request, netlink_message_fn fn, void *userdata)
{
        struct answer answer = {.fn = fn, .userdata = userdata};
        mnl_cb_t control_callbacks[NLMSG_MIN_TYPE] = {
                [NLMSG_ERROR] = on_error, [NLMSG_DONE] = on_done};
        _cleanup_(socket_closep) struct mnl_socket *s = NULL;
        _cleanup_free_ char *buffer = malloc(BUFFER_SIZE);

        if (!buffer)
                return -ENOMEM;
        s = mnl_socket_open2(protocol, SOCK_CLOEXEC);
        if (!s || mnl_socket_bind(s, 0, MNL_SOCKET_AUTOPID) < 0)
                return negative_errno();
        request->nlmsg_seq = 1;
        request->nlmsg_flags |= NLM_F_REQUEST;
        if ((request->nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP)
                request->nlmsg_flags |= NLM_F_ACK;
        if (mnl_socket_sendto(s, request, request->nlmsg_len) < 0)
                return negative_errno();

        for (;;) {
                ssize_t n = mnl_socket_recvfrom(s, buffer, BUFFER_SIZE);
                if (n < 0) {
                        if (errno == EINTR)
                                continue;
                        return negative_errno();
                }
                int r = mnl_cb_run2(buffer, (size_t)n, 1, mnl_socket_get_portid(s), on_message,
                                    &answer, control_callbacks, ARRAY_SIZE(control_callbacks));
                if (answer.r < 0)
                        return answer.r;
                if (r < 0)
                        return negative_errno();
                if (r == MNL_CB_STOP)
                        return 0;
        }
}
