/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "varlink/connection.h"

#include <assert.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <utlist.h>

#include "varlink/server-internal.h"

/* With more unsent than this no new call is begun and no reply streamed: the peer has enough to
 * read. */
#define UNSENT_ENOUGH ((size_t)64 * 1024)

static void connection_set_state(struct connection *c, enum connection_state state)
{
        static const unsigned allowed[_CONNECTION_STATE_MAX] = {
                [CONNECTION_READING] = 1u << CONNECTION_CALLING | 1u << CONNECTION_DRAINING |
                                       1u << CONNECTION_CLOSED,
                [CONNECTION_CALLING] = 1u << CONNECTION_READING | 1u << CONNECTION_PENDING |
                                       1u << CONNECTION_CLOSED,
                [CONNECTION_PENDING] = 1u << CONNECTION_READING | 1u << CONNECTION_CLOSED,
                [CONNECTION_DRAINING] = 1u << CONNECTION_CLOSED,
        };

        assert(allowed[c->state] & 1u << state);
        c->state = state;
}

static bool has_room(const struct connection *c)
{
        return varlink_buffer_size(&c->out) < UNSENT_ENOUGH;
}

static bool wants_to_read(const struct connection *c)
{
        return c->state == CONNECTION_READING && !c->eof && has_room(c) && c->n_messages == 0;
}

/* Whether there is something to do that no event of the socket will announce. */
static bool has_step(const struct connection *c)
{
        switch (c->state) {
        case CONNECTION_READING:
                return has_room(c) && (c->n_messages > 0 || c->eof);
        case CONNECTION_PENDING:
                return has_room(c) && c->call->next;
        case CONNECTION_DRAINING:
                return varlink_buffer_size(&c->out) == 0;
        case CONNECTION_CLOSED:
                return true;
        default:
                return false;
        }
}

static int on_timer(sd_event_source *s, uint64_t usec, void *userdata)
{
        connection_close(userdata);
        return 0;
}

static void update_timer(struct connection *c)
{
        bool half = wants_to_read(c) && varlink_buffer_size(&c->in) > 0;

        if (!half && c->state != CONNECTION_DRAINING)
                c->timer = sd_event_source_disable_unref(c->timer);
        else if (!c->timer &&
                 sd_event_add_time_relative(c->server->event, &c->timer, CLOCK_MONOTONIC,
                                            c->server->limits.message_usec, 0, on_timer, c) < 0)
                connection_close(c);
}

void connection_update(struct connection *c)
{
        if (c->state != CONNECTION_CLOSED)
                update_timer(c);
        if (c->state != CONNECTION_CLOSED) {
                uint32_t events = (wants_to_read(c) ? EPOLLIN : 0u) |
                                  (varlink_buffer_size(&c->out) > 0 ? EPOLLOUT : 0u);
                if (events != c->events && sd_event_source_set_io_events(c->io, events) < 0)
                        connection_close(c);
                c->events = events;
        }
        (void)sd_event_source_set_enabled(c->defer, has_step(c) ? SD_EVENT_ONESHOT : SD_EVENT_OFF);
}

static void drop_unparsed(struct connection *c)
{
        c->server->unparsed -= varlink_buffer_size(&c->in);
        varlink_buffer_deinit(&c->in);
        c->n_messages = 0;
}

void connection_close(struct connection *c)
{
        if (c->state == CONNECTION_CLOSED)
                return;
        connection_set_state(c, CONNECTION_CLOSED);
        c->io = sd_event_source_disable_unref(c->io);
        c->timer = sd_event_source_disable_unref(c->timer);
        c->fd = fd_close(c->fd);
        c->server->unsent -= varlink_buffer_size(&c->out);
        varlink_buffer_deinit(&c->out);
        drop_unparsed(c);
        (void)sd_event_source_set_enabled(c->defer, SD_EVENT_ONESHOT);
}

void connection_reap(struct connection *c)
{
        struct varlink_call *call = c->call;

        c->call = NULL;
        c->defer = sd_event_source_disable_unref(c->defer);
        DL_DELETE(c->server->connections, c);
        server_dismiss(c->server, c->peer.uid);
        if (call) {
                (void)varlink_call_ref(call);
                if (call->gone)
                        call->gone(call, call->gone_userdata);
                if (call->next)
                        varlink_call_unref(call);
                varlink_call_unref(call);
        }
        connection_unref(c);
}

/* Sends what the socket takes. */
static void connection_write(struct connection *c)
{
        while (varlink_buffer_size(&c->out) > 0) {
                ssize_t n = send(c->fd, varlink_buffer_bytes(&c->out), varlink_buffer_size(&c->out),
                                 MSG_DONTWAIT | MSG_NOSIGNAL);
                if (n < 0) {
                        if (errno != EAGAIN && errno != EINTR)
                                connection_close(c);
                        return;
                }
                c->server->unsent -= (size_t)n;
                varlink_buffer_consume(&c->out, (size_t)n);
        }
}

static size_t unsent_of(const struct connection *c)
{
        return varlink_buffer_size(&c->out);
}

static size_t unparsed_of(const struct connection *c)
{
        return varlink_buffer_size(&c->in);
}

/* Ends connections until those that are left keep to the limit they share: @sum, of what @size_of
 * tells of each, is at most @limit. */
static void limit_all(struct varlink_server *server, const size_t *sum, size_t limit,
                      size_t (*size_of)(const struct connection *c))
{
        while (*sum > limit) {
                struct connection *c, *worst = server->connections;
                DL_FOREACH(server->connections, c)
                if (size_of(c) > size_of(worst))
                        worst = c;
                connection_close(worst);
        }
}

int connection_send(struct connection *c, json_t *object)
{
        size_t unsent = varlink_buffer_size(&c->out);

        if (c->state == CONNECTION_CLOSED)
                return -EPIPE;
        int r = varlink_message_append(&c->out, object, c->server->limits.unsent - unsent);
        if (r < 0) {
                connection_close(c);
                return r == -EMSGSIZE ? -EPIPE : r;
        }
        c->server->unsent += varlink_buffer_size(&c->out) - unsent;
        /* With something unsent before, the socket is full and the loop waits for room. */
        if (unsent == 0)
                connection_write(c);
        limit_all(c->server, &c->server->unsent, c->server->limits.unsent_all, unsent_of);
        return c->state == CONNECTION_CLOSED ? -EPIPE : 0;
}

/* A message that is none, or beyond the limits: what was answered before still goes out. */
static void connection_refuse(struct connection *c)
{
        connection_set_state(c, CONNECTION_DRAINING);
        drop_unparsed(c);
}

/* Reads once. */
static void connection_read(struct connection *c)
{
        char bytes[VARLINK_READ_SIZE];

        ssize_t n = recv(c->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
        if (n < 0) {
                if (errno != EAGAIN && errno != EINTR)
                        connection_close(c);
                return;
        }
        if (n == 0) {
                c->eof = true;
                return;
        }
        if (varlink_buffer_append(&c->in, bytes, (size_t)n) < 0) {
                connection_close(c);
                return;
        }
        c->server->unparsed += (size_t)n;
        for (const char *p = bytes; (p = memchr(p, '\0', (size_t)(bytes + n - p))); p++)
                c->n_messages++;
        if (c->n_messages == 0 && varlink_buffer_size(&c->in) > c->server->limits.message_size)
                connection_refuse(c);
        limit_all(c->server, &c->server->unparsed, c->server->limits.unparsed_all, unparsed_of);
}

/* Takes the first message out of the buffer. 0, -EBADMSG or -ENOMEM. */
static int take_message(struct connection *c, struct varlink_message *ret)
{
        const struct varlink_limits *limits = &c->server->limits;
        const char *bytes = varlink_buffer_bytes(&c->in);
        size_t n = strlen(bytes);

        if (n > limits->message_size)
                return -EBADMSG;
        int r = varlink_message_parse(ret, bytes, n, &limits->json);
        varlink_buffer_consume(&c->in, n + 1);
        c->server->unparsed -= n + 1;
        c->n_messages--;
        /* The time limit of the next message, if it is half there, begins now. */
        c->timer = sd_event_source_disable_unref(c->timer);
        return r;
}

/* Begins the next call. */
static void connection_call(struct connection *c)
{
        _cleanup_(varlink_call_unrefp) struct varlink_call *call = NULL;
        _cleanup_(varlink_message_deinit) struct varlink_message message = {};

        int r = take_message(c, &message);
        if (r == -EBADMSG) {
                connection_refuse(c);
                return;
        }
        if (r == 0)
                r = varlink_call_new(&call, c, &message);
        if (r == 0) {
                connection_set_state(c, CONNECTION_CALLING);
                r = server_dispatch(c->server, call, &message);
        }
        if (r < 0)
                connection_close(c);
        else if (c->state == CONNECTION_CALLING)
                connection_set_state(c, CONNECTION_PENDING);
}

static void connection_stream(struct connection *c)
{
        struct varlink_call *call = c->call;

        if (call->next(call, call->next_userdata) < 0)
                connection_close(c);
        if (call->finished) {
                call->next = NULL;
                varlink_call_unref(call);
        }
}

/* The one thing that is to be done now, if there is one. */
static void connection_step(struct connection *c)
{
        if (c->state == CONNECTION_CLOSED) {
                connection_reap(c);
                return;
        }
        if (has_step(c)) {
                if (c->state == CONNECTION_READING && c->n_messages > 0)
                        connection_call(c);
                else if (c->state == CONNECTION_READING)
                        connection_refuse(c); /* the end; a message that is half there stays so */
                else if (c->state == CONNECTION_PENDING)
                        connection_stream(c);
                else
                        connection_close(c);
        }
        connection_update(c);
}

static int on_io(sd_event_source *s, int fd, uint32_t revents, void *userdata)
{
        struct connection *c = userdata;

        if (revents & (EPOLLOUT | EPOLLHUP | EPOLLERR))
                connection_write(c);
        if (wants_to_read(c))
                connection_read(c);
        else if (revents & (EPOLLHUP | EPOLLERR) && c->state != CONNECTION_READING)
                connection_close(c);
        connection_step(c);
        return 0;
}

static int on_defer(sd_event_source *s, void *userdata)
{
        connection_step(userdata);
        return 0;
}

void connection_call_finished(struct connection *c)
{
        c->call = NULL;
        if (c->state == CONNECTION_CALLING || c->state == CONNECTION_PENDING)
                connection_set_state(c, CONNECTION_READING);
        connection_update(c);
}

int connection_new(struct connection **ret, struct varlink_server *server, int fd)
{
        struct connection *c = calloc(1, sizeof(*c));

        if (!c) {
                fd_close(fd);
                return -ENOMEM;
        }
        c->n_ref = 1;
        c->server = server;
        c->fd = fd;
        int r = varlink_peer_init(&c->peer, fd);
        if (r >= 0)
                r = server_admit(server, c->peer.uid);
        if (r < 0) {
                connection_unref(c);
                return r;
        }
        DL_APPEND(server->connections, c);
        r = sd_event_add_defer(server->event, &c->defer, on_defer, c);
        if (r >= 0)
                r = sd_event_source_set_enabled(c->defer, SD_EVENT_OFF);
        if (r >= 0)
                r = sd_event_add_io(server->event, &c->io, fd, EPOLLIN, on_io, c);
        if (r < 0) {
                connection_close(c);
                connection_reap(c);
                return r;
        }
        c->events = EPOLLIN;
        *ret = c;
        return 0;
}

struct connection *connection_ref(struct connection *c)
{
        c->n_ref++;
        return c;
}

struct connection *connection_unref(struct connection *c)
{
        if (--c->n_ref > 0)
                return NULL;
        fd_close(c->fd);
        varlink_peer_deinit(&c->peer);
        free(c);
        return NULL;
}
