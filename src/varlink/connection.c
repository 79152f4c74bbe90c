/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "varlink/connection.h"

#include <assert.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <utlist.h>

/* With more unsent than this no new call is begun and no reply streamed: the peer has enough to
 * read. */
#define UNSENT_ENOUGH ((size_t)16 * 1024)

/* Bytes of a socket's send buffer, which the kernel doubles and counts with all that comes with
 * them. More would let clients that do not read cost the daemon's control group much memory. */
#define SEND_BUFFER (16 * 1024)

void connection_set_state(struct connection *c, enum connection_state state)
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

bool connection_has_step(const struct connection *c)
{
        switch (c->state) {
        case CONNECTION_READING:
                return has_room(c) && (c->n_messages > 0 || c->eof || c->readable);
        case CONNECTION_PENDING:
                return has_room(c) && c->call->next;
        case CONNECTION_DRAINING:
                return varlink_buffer_size(&c->out) == 0;
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
                 sd_event_add_time_relative(c->crowd->event, &c->timer, CLOCK_MONOTONIC,
                                            c->crowd->limits.message_usec, 0, on_timer, c) < 0)
                connection_close(c);
}

/* What the socket can tell us now. Where that is nothing it is not asked at all: a hang-up would
 * be told again and again. */
static int watch_socket(struct connection *c)
{
        uint32_t events = (wants_to_read(c) && !c->readable ? EPOLLIN : 0u) |
                          (varlink_buffer_size(&c->out) > 0 ? EPOLLOUT : 0u);
        bool watched = events != 0 || !c->hung_up;
        int r = 0;

        if (events != c->events)
                r = sd_event_source_set_io_events(c->io, events);
        c->events = events;
        return r < 0 ? r : sd_event_source_set_enabled(c->io, watched ? SD_EVENT_ON : SD_EVENT_OFF);
}

void connection_update(struct connection *c)
{
        if (c->state != CONNECTION_CLOSED)
                update_timer(c);
        if (c->state == CONNECTION_PENDING && c->hung_up)
                connection_close(c);
        if (c->state != CONNECTION_CLOSED && watch_socket(c) < 0)
                connection_close(c);
        if (connection_has_step(c))
                turns_add(&c->crowd->turns, &c->turn, c->behind);
        else
                turns_remove(&c->crowd->turns, &c->turn);
}

static void add_unsent(struct connection *c, ssize_t n)
{
        c->crowd->unsent += (size_t)n;
        c->user->unsent += (size_t)n;
}

static void add_unparsed(struct connection *c, ssize_t n)
{
        c->crowd->unparsed += (size_t)n;
        c->user->unparsed += (size_t)n;
}

static void drop_unparsed(struct connection *c)
{
        add_unparsed(c, -(ssize_t)varlink_buffer_size(&c->in));
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
        add_unsent(c, -(ssize_t)varlink_buffer_size(&c->out));
        varlink_buffer_deinit(&c->out);
        drop_unparsed(c);
        crowd_release(c->crowd, c->user);
        turns_remove(&c->crowd->turns, &c->turn);
        LL_PREPEND2(c->crowd->closed, c, next_closed);
        turns_wake(&c->crowd->turns);
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
                add_unsent(c, -n);
                varlink_buffer_consume(&c->out, (size_t)n);
        }
}

static bool is_worse(size_t of_user, size_t of_worst_user, const struct varlink_buffer *b,
                     const struct varlink_buffer *worst)
{
        return of_user != of_worst_user ? of_user > of_worst_user
                                        : varlink_buffer_size(b) > varlink_buffer_size(worst);
}

/* Ends connections until those that are left keep to the limits they share: of the user who has
 * most, the one that has most. */
static void limit_all(struct crowd *crowd)
{
        const struct varlink_limits *limits = &crowd->limits;

        while (crowd->unsent > limits->unsent_all || crowd->unparsed > limits->unparsed_all) {
                bool unsent = crowd->unsent > limits->unsent_all;
                struct connection *c, *worst = crowd->connections;
                DL_FOREACH(crowd->connections, c)
                if (unsent ? is_worse(c->user->unsent, worst->user->unsent, &c->out, &worst->out)
                           : is_worse(c->user->unparsed, worst->user->unparsed, &c->in, &worst->in))
                        worst = c;
                connection_close(worst);
        }
}

int connection_send(struct connection *c, json_t *object)
{
        size_t unsent = varlink_buffer_size(&c->out);

        if (c->state == CONNECTION_CLOSED)
                return -EPIPE;
        int r = varlink_message_append(&c->out, object, c->crowd->limits.unsent - unsent);
        if (r < 0) {
                connection_close(c);
                return r == -EMSGSIZE ? -EPIPE : r;
        }
        add_unsent(c, (ssize_t)(varlink_buffer_size(&c->out) - unsent));
        /* With something unsent before, the socket is full and the loop waits for room. */
        if (unsent == 0)
                connection_write(c);
        limit_all(c->crowd);
        return c->state == CONNECTION_CLOSED ? -EPIPE : 0;
}

void connection_refuse(struct connection *c)
{
        connection_set_state(c, CONNECTION_DRAINING);
        drop_unparsed(c);
}

void connection_read(struct connection *c)
{
        char bytes[VARLINK_READ_SIZE];

        c->readable = false;
        ssize_t n = recv(c->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
        if (n < 0) {
                if (errno != EAGAIN && errno != EINTR)
                        connection_close(c);
                return;
        }
        if (n == 0) {
                c->eof = true;
                /* With nothing left to do for it, its slot is free at once. */
                if (c->n_messages == 0 && varlink_buffer_size(&c->out) == 0)
                        connection_close(c);
                return;
        }
        if (varlink_buffer_append(&c->in, bytes, (size_t)n) < 0) {
                connection_close(c);
                return;
        }
        add_unparsed(c, n);
        for (const char *p = bytes; (p = memchr(p, '\0', (size_t)(bytes + n - p))); p++)
                c->n_messages++;
        if (c->n_messages == 0 && varlink_buffer_size(&c->in) > c->crowd->limits.message_size)
                connection_refuse(c);
        limit_all(c->crowd);
}

int connection_take_message(struct connection *c, struct varlink_message *ret)
{
        const struct varlink_limits *limits = &c->crowd->limits;
        const char *bytes = varlink_buffer_bytes(&c->in);
        size_t n = strlen(bytes);

        if (n > limits->message_size)
                return -EBADMSG;
        int r = varlink_message_parse(ret, bytes, n, &limits->json);
        varlink_buffer_consume(&c->in, n + 1);
        add_unparsed(c, -(ssize_t)(n + 1));
        c->n_messages--;
        c->behind = true;
        /* The time limit of the next message, if it is half there, begins now. */
        c->timer = sd_event_source_disable_unref(c->timer);
        return r;
}

static int on_io(sd_event_source *s, int fd, uint32_t revents, void *userdata)
{
        struct connection *c = userdata;

        if (revents & (EPOLLHUP | EPOLLERR))
                c->hung_up = true;
        if (revents & (EPOLLOUT | EPOLLHUP | EPOLLERR))
                connection_write(c);
        if (wants_to_read(c)) {
                c->readable = true;
                c->behind = false;
        }
        connection_update(c);
        return 0;
}

void connection_call_finished(struct connection *c)
{
        c->call = NULL;
        if (c->state == CONNECTION_CALLING || c->state == CONNECTION_PENDING)
                connection_set_state(c, CONNECTION_READING);
        connection_update(c);
}

int connection_new(struct crowd *crowd, int fd, struct varlink_peer *peer, struct crowd_user *user)
{
        struct connection *c = calloc(1, sizeof(*c));

        if (!c) {
                fd_close(fd);
                varlink_peer_deinit(peer);
                crowd_release(crowd, user);
                crowd_dismiss(crowd, user);
                return -ENOMEM;
        }
        *c = (struct connection){
                .n_ref = 1,
                .crowd = crowd,
                .peer = *peer,
                .user = user,
                .fd = fd,
                .events = EPOLLIN,
                .turn = {.user = &user->turn, .userdata = c},
        };
        DL_APPEND(crowd->connections, c);
        /* What the peer has not read yet is memory of ours, in the kernel. */
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &(int){SEND_BUFFER}, sizeof(int));
        int r = sd_event_add_io(crowd->event, &c->io, fd, EPOLLIN, on_io, c);
        if (r < 0)
                connection_close(c);
        return r;
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
