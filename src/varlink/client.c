/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "varlink/client.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>

#include "util/clock.h"
#include "util/text.h"
#include "varlink/message.h"

/* More levels than any reply has; of values a census has as many as it needs. */
static const struct varlink_json_limits reply_limits = {.depth = 64, .values = UINT_MAX};

#define READ_SIZE 65536u

enum client_state {
        CLIENT_IDLE,    /* no reply is due */
        CLIENT_WAITING, /* one reply is due */
        CLIENT_MORE,    /* replies are due until one has no `continues` */
        CLIENT_BROKEN,  /* of no more use */
};

struct varlink_client {
        int fd;
        enum client_state state;
        uint64_t timeout_usec;
        struct varlink_buffer in;
        size_t scanned; /* bytes of @in known to hold no NUL */
};

void varlink_client_reply_deinit(struct varlink_reply *reply)
{
        json_decref(reply->parameters);
        free(reply->error);
        *reply = (struct varlink_reply){};
}

static uint64_t deadline_of(const struct varlink_client *client)
{
        uint64_t deadline;

        if (__builtin_add_overflow(clock_usec(CLOCK_MONOTONIC), client->timeout_usec, &deadline))
                return UINT64_MAX;
        return deadline;
}

/* Waits until @events happen. 0, -ETIMEDOUT or another negative errno. */
static int wait_for(const struct varlink_client *client, short events, uint64_t deadline)
{
        struct pollfd p = {.fd = client->fd, .events = events};

        for (;;) {
                struct timespec t = {};
                if (deadline != UINT64_MAX) {
                        uint64_t now = clock_usec(CLOCK_MONOTONIC),
                                 left = deadline > now ? deadline - now : 0;
                        t.tv_sec = (time_t)(left / USEC_PER_SEC);
                        t.tv_nsec = (long)(left % USEC_PER_SEC * NSEC_PER_USEC);
                }
                int n = ppoll(&p, 1, deadline == UINT64_MAX ? NULL : &t, NULL);
                if (n > 0)
                        return 0;
                if (n == 0)
                        return -ETIMEDOUT;
                if (errno != EINTR)
                        return negative_errno();
        }
}

/* The client is of no more use: says why. */
static int broken(struct varlink_client *client, int r, struct error *error)
{
        char span[TEXT_TIMESPAN_MAX];

        client->state = CLIENT_BROKEN;
        switch (r) {
        case -ETIMEDOUT:
                return error_set(error, r, "The service did not answer within %s",
                                 text_format_timespan(span, client->timeout_usec));
        case -ECONNRESET:
        case -EPIPE:
                return error_set(error, ECONNRESET, "The service ended the connection");
        case -EBADMSG:
                return error_set(error, r, "The service sent something that is not Varlink");
        default:
                return error_set_errno(error, r, "Failed to talk to the service");
        }
}

int varlink_client_adopt(struct varlink_client **ret, int fd, uint64_t timeout_usec,
                         struct error *error)
{
        struct varlink_client *client = calloc(1, sizeof(*client));

        if (!client) {
                fd_close(fd);
                return error_oom(error);
        }
        client->fd = fd;
        client->timeout_usec = timeout_usec;
        *ret = client;
        return 0;
}

int varlink_client_connect(struct varlink_client **ret, const char *path, uint64_t timeout_usec,
                           struct error *error)
{
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        _cleanup_close_ int fd = -EBADF;

        if (strlen(path) >= sizeof(address.sun_path))
                return error_set(error, ENAMETOOLONG,
                                 "The socket path %s is longer than the %zu bytes that fit", path,
                                 sizeof(address.sun_path) - 1);
        strcpy(address.sun_path, path);
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return error_set_errno(error, errno, "Failed to make a socket");

        /* The only way to limit how long connect() waits for room in the server's queue
         * (net/unix/af_unix.c); poll() knows nothing of that. All zero would be no limit. */
        struct timeval limit = {};
        if (timeout_usec != UINT64_MAX) {
                limit.tv_sec = (time_t)(timeout_usec / USEC_PER_SEC);
                limit.tv_usec = (suseconds_t)MAX(timeout_usec % USEC_PER_SEC, UINT64_C(1));
        }
        if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0)
                return error_set_errno(error, errno, "Failed to set the time limit of a socket");
        if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
                return error_set_errno(error, errno == EAGAIN ? ETIMEDOUT : errno,
                                       "Failed to connect to %s", path);
        return varlink_client_adopt(ret, TAKE_FD(fd), timeout_usec, error);
}

struct varlink_client *varlink_client_free(struct varlink_client *client)
{
        if (!client)
                return NULL;
        fd_close(client->fd);
        varlink_buffer_deinit(&client->in);
        free(client);
        return NULL;
}

void varlink_client_set_timeout(struct varlink_client *client, uint64_t timeout_usec)
{
        client->timeout_usec = timeout_usec;
}

int varlink_client_fd(const struct varlink_client *client)
{
        return client->fd;
}

static int send_all(struct varlink_client *client, struct varlink_buffer *out)
{
        uint64_t deadline = deadline_of(client);

        while (varlink_buffer_size(out) > 0) {
                ssize_t n = send(client->fd, varlink_buffer_bytes(out), varlink_buffer_size(out),
                                 MSG_NOSIGNAL | MSG_DONTWAIT);
                if (n >= 0) {
                        varlink_buffer_consume(out, (size_t)n);
                        continue;
                }
                int r = errno == EAGAIN  ? wait_for(client, POLLOUT, deadline)
                        : errno == EINTR ? 0
                                         : negative_errno();
                if (r < 0)
                        return r;
        }
        return 0;
}

int varlink_client_send(struct varlink_client *client, const char *method, json_t *parameters,
                        enum varlink_call_flags flags, struct error *error)
{
        json_auto_t *owned = parameters;
        json_auto_t *message = json_pack("{s:s}", "method", method);
        _cleanup_(varlink_buffer_deinit) struct varlink_buffer out = {};

        if (client->state == CLIENT_BROKEN)
                return broken(client, -ECONNRESET, error);
        if (client->state != CLIENT_IDLE)
                return error_set(error, EBUSY, "The last call is not answered yet");
        if (!message || (owned && json_object_set(message, "parameters", owned) < 0) ||
            (flags & VARLINK_CALL_MORE && json_object_set_new(message, "more", json_true()) < 0) ||
            (flags & VARLINK_CALL_ONEWAY &&
             json_object_set_new(message, "oneway", json_true()) < 0))
                return error_oom(error);
        int r = varlink_message_append(&out, message, VARLINK_CLIENT_MESSAGE_MAX);
        if (r < 0)
                return error_set_errno(error, r, "Failed to write the call of %s", method);
        r = send_all(client, &out);
        if (r < 0)
                return broken(client, r, error);
        if (!(flags & VARLINK_CALL_ONEWAY))
                client->state = flags & VARLINK_CALL_MORE ? CLIENT_MORE : CLIENT_WAITING;
        return 0;
}

/* The first reply in the buffer, if there is a whole one: 1, else 0, or -EBADMSG or -ENOMEM. */
static int take_reply(struct varlink_client *client, struct varlink_reply *ret)
{
        size_t size = varlink_buffer_size(&client->in);
        if (size == 0)
                return 0;
        const char *bytes = varlink_buffer_bytes(&client->in);
        const char *nul = memchr(bytes + client->scanned, '\0', size - client->scanned);
        if (!nul) {
                client->scanned = size;
                return size > VARLINK_CLIENT_MESSAGE_MAX ? -EBADMSG : 0;
        }

        size_t n = (size_t)(nul - bytes);
        int r = varlink_message_parse_reply(bytes, n, &reply_limits, &ret->parameters, &ret->error,
                                            &ret->continues);
        varlink_buffer_consume(&client->in, n + 1);
        client->scanned = 0;
        if (r < 0)
                return r;
        if (ret->continues && client->state != CLIENT_MORE) {
                varlink_client_reply_deinit(ret);
                return -EBADMSG;
        }
        if (!ret->continues)
                client->state = CLIENT_IDLE;
        return 1;
}

/* Reads once. 1 when something came, 0 when there is nothing at the moment, or a negative errno;
 * the end of the stream is -ECONNRESET. */
static int read_more(struct varlink_client *client)
{
        char bytes[READ_SIZE];

        ssize_t n = recv(client->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
        if (n > 0) {
                int r = varlink_buffer_append(&client->in, bytes, (size_t)n);
                return r < 0 ? r : 1;
        }
        if (n == 0)
                return -ECONNRESET;
        return errno == EAGAIN || errno == EINTR ? 0 : negative_errno();
}

/* 1 with a reply; 0 when none has come and @deadline (0: do not wait at all) is 0. */
static int receive(struct varlink_client *client, uint64_t deadline, struct varlink_reply *ret,
                   struct error *error)
{
        if (client->state == CLIENT_BROKEN)
                return broken(client, -ECONNRESET, error);
        if (client->state == CLIENT_IDLE)
                return error_set(error, ENOMSG, "No reply is due");
        for (;;) {
                int r = take_reply(client, ret);
                if (r > 0)
                        return 1;
                if (r == 0)
                        r = read_more(client);
                if (r == 0) {
                        if (deadline == 0)
                                return 0;
                        r = wait_for(client, POLLIN, deadline);
                }
                if (r < 0)
                        return broken(client, r, error);
        }
}

int varlink_client_receive_now(struct varlink_client *client, struct varlink_reply *ret,
                               struct error *error)
{
        return receive(client, 0, ret, error);
}

int varlink_client_receive(struct varlink_client *client, struct varlink_reply *ret,
                           struct error *error)
{
        int r = receive(client, MAX(deadline_of(client), UINT64_C(1)), ret, error);
        return MIN(r, 0);
}

int varlink_client_call(struct varlink_client *client, const char *method, json_t *parameters,
                        struct varlink_reply *ret, struct error *error)
{
        int r = varlink_client_send(client, method, parameters, 0, error);
        if (r < 0)
                return r;
        return varlink_client_receive(client, ret, error);
}
