/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netlink/proc-connector.h"

#include <libmnl/libmnl.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "netlink/netlink-socket.h"
#include "util/clock.h"

/* After so many messages of no interest the loop may do something else: it comes back. */
#define IGNORED_MAX 64u

struct proc_connector {
        int fd;
        bool listening;    /* the kernel counts us as a listener */
        uint32_t question; /* tells the answer to our subscription: it goes to all listeners */
};

#define ANSWER_MSEC 1000

/* Far more than a message of the connector has. */
union message_buffer {
        struct nlmsghdr header;
        char bytes[1024];
};

static int send_operation(struct proc_connector *p, enum proc_cn_mcast_op operation)
{
        union message_buffer buffer;
        struct nlmsghdr *header = mnl_nlmsg_put_header(&buffer);
        struct cn_msg *message = mnl_nlmsg_put_extra_header(header, sizeof(*message));

        header->nlmsg_type = NLMSG_DONE;
        message->id = (struct cb_id){CN_IDX_PROC, CN_VAL_PROC};
        /* The answer has one more there; its seq is overwritten by the kernel's own counter
         * (send_msg() in drivers/connector/cn_proc.c). */
        message->ack = p->question;
        /* The short form, which all kernels know. */
        message->len = sizeof(operation);
        memcpy(mnl_nlmsg_put_extra_header(header, sizeof(operation)), &operation,
               sizeof(operation));
        if (send(p->fd, header, header->nlmsg_len, 0) < 0)
                return negative_errno();
        return 0;
}

/* Reads one message. 1 with the event, 0 for something else, which includes all that is not the
 * kernel's: the group is open to whoever has CAP_NET_ADMIN in the initial user namespace, and an
 * event of his could make a scan come at any time, or answer our subscription. @ret_ack may be
 * NULL. */
static int receive(struct proc_connector *p, struct proc_event *ret, uint32_t *ret_ack)
{
        union message_buffer buffer;
        const struct nlmsghdr *header = &buffer.header;
        const struct cn_msg *message;
        ssize_t n = netlink_socket_receive(p->fd, &buffer, sizeof(buffer), MSG_DONTWAIT);

        if (n <= 0)
                return n == -EMSGSIZE ? 0 : (int)n;
        if (!mnl_nlmsg_ok(header, (int)n) ||
            mnl_nlmsg_get_payload_len(header) < sizeof(*message) + sizeof(*ret))
                return 0;
        message = mnl_nlmsg_get_payload(header);
        if (message->id.idx != CN_IDX_PROC || message->id.val != CN_VAL_PROC)
                return 0;
        memcpy(ret, message->data, sizeof(*ret));
        if (ret_ack)
                *ret_ack = message->ack;
        return 1;
}

static uint64_t now_msec(void)
{
        return clock_usec(CLOCK_MONOTONIC) / USEC_PER_MSEC;
}

/* Waits for the kernel's yes. Where it does not answer us, it may still pass on its answers to
 * others, so the wait has an end of its own. */
static int await_answer(struct proc_connector *p)
{
        struct pollfd poll_fd = {.fd = proc_connector_fd(p), .events = POLLIN};
        uint64_t now = now_msec(), end = now + ANSWER_MSEC;

        for (; now < end; now = now_msec()) {
                struct proc_event event;
                uint32_t ack;
                int r = poll(&poll_fd, 1, (int)(end - now));
                if (r < 0 && errno != EINTR)
                        return negative_errno();
                if (r <= 0)
                        continue;
                r = receive(p, &event, &ack);
                if (r < 0 && r != -ENOBUFS && r != -EAGAIN)
                        return r;
                if (r > 0 && event.what == PROC_EVENT_NONE && ack == p->question + 1)
                        return -(int)event.event_data.ack.err;
        }
        return -EOPNOTSUPP;
}

static int set_filter(struct proc_connector *p, bool answers)
{
        struct exit_filter filter;

        int r = answers ? exit_filter_build_answers(&filter)
                        : exit_filter_build(&filter, NULL, 0, false);
        if (r < 0)
                return r;
        r = proc_connector_filter(p, &filter);
        exit_filter_deinit(&filter);
        return r;
}

static int subscribe(struct proc_connector *p)
{
        int r;

        p->fd = netlink_socket_open(NETLINK_CONNECTOR, SOCK_NONBLOCK);
        if (p->fd < 0)
                return p->fd;
        /* Before anything can come: others may be listening, and then everything does. */
        r = set_filter(p, true);
        if (r < 0)
                return r;
        r = netlink_socket_connect(p->fd, CN_IDX_PROC, NULL);
        if (r < 0)
                return r;
        p->question = (uint32_t)now_msec() ^ (uint32_t)getpid() << 12;
        r = send_operation(p, PROC_CN_MCAST_LISTEN);
        if (r < 0)
                return r;
        p->listening = true;
        r = await_answer(p);
        return r < 0 ? r : set_filter(p, false);
}

int proc_connector_new(struct proc_connector **ret, struct error *error)
{
        _cleanup_(proc_connector_freep) struct proc_connector *p = calloc(1, sizeof(*p));
        int r;

        if (!p)
                return error_oom(error);
        p->fd = -EBADF;
        r = subscribe(p);
        switch (r) {
        case 0:
                *ret = TAKE_PTR(p);
                return 0;
        case -EPERM:
        case -EACCES:
                return error_set(error, EPERM, "CAP_NET_ADMIN is missing");
        case -EPROTONOSUPPORT: /* no netlink connector in this kernel */
        case -ECONNREFUSED:    /* nobody there: another network namespace, or no proc events */
        case -EOPNOTSUPP:      /* no answer: another user or pid namespace */
                return error_set(error, EOPNOTSUPP,
                                 "the kernel has no proc connector, or not outside the initial "
                                 "namespaces");
        default:
                return error_set_errno(error, r, "failed to listen to the proc connector");
        }
}

struct proc_connector *proc_connector_free(struct proc_connector *p)
{
        if (!p)
                return NULL;
        /* Kernels before 6.6 do not notice by themselves that a listener is gone. */
        if (p->listening)
                (void)send_operation(p, PROC_CN_MCAST_IGNORE);
        p->fd = fd_close(p->fd);
        free(p);
        return NULL;
}

int proc_connector_fd(const struct proc_connector *p)
{
        return p->fd;
}

int proc_connector_filter(struct proc_connector *p, const struct exit_filter *filter)
{
        const struct sock_fprog program = {(unsigned short)filter->n_program, filter->program};

        if (setsockopt(proc_connector_fd(p), SOL_SOCKET, SO_ATTACH_FILTER, &program,
                       sizeof(program)) < 0)
                return negative_errno();
        return 0;
}

int proc_connector_next(struct proc_connector *p, struct proc_connector_event *ret)
{
        for (unsigned i = 0; i < IGNORED_MAX; i++) {
                struct proc_event event;
                int r = receive(p, &event, NULL);
                if (r == -EAGAIN)
                        return 0;
                if (r < 0)
                        return r;
                if (r == 0)
                        continue;
                switch ((uint32_t)event.what) {
                case PROC_EVENT_EXIT:
                        *ret = (struct proc_connector_event){PROC_EVENT_OF_EXIT,
                                                             event.event_data.exit.process_pid};
                        return 1;
                case PROC_EVENT_FORK:
                        *ret = (struct proc_connector_event){PROC_EVENT_OF_FORK,
                                                             event.event_data.fork.parent_pid};
                        return 1;
                }
        }
        return 0;
}
