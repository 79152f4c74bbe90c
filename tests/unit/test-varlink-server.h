/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A server with a method of every kind, and clients made of plain sockets. */

#include "test-varlink.h"

#include <sys/socket.h>

#include "varlink/server.h"

static const char description[] = "interface org.example.test\n"
                                  "method Echo(text: string, n: ?int) -> (text: string, n: ?int)\n"
                                  "method Count(to: int) -> (i: int)\n"
                                  "method Hold() -> ()\n"
                                  "method Root() -> ()\n"
                                  "method Missing() -> ()\n"
                                  "method Drop() -> ()\n"
                                  "method Fail() -> ()\n"
                                  "method Twice() -> ()\n"
                                  "method Flood() -> (text: string)\n"
                                  "error Odd (n: int)\n";

struct fixture {
        sd_event *event;
        struct varlink_server *server;
        struct varlink_call *held;
        unsigned n_gone;
        unsigned n_released;
        unsigned n_echoed;
        int flood_result;
        size_t flood_most; /* bytes; 0: without end */
        struct varlink_call *flooded[8];
        size_t n_flooded;
        bool denied;
};

static inline int echo(struct varlink_call *call, json_t *parameters, void *userdata)
{
        struct fixture *f = userdata;

        f->n_echoed++;
        return varlink_call_reply(call, json_incref(parameters));
}

struct counter {
        struct fixture *fixture;
        json_int_t i;
        json_int_t to;
};

static inline int count_next(struct varlink_call *call, void *userdata)
{
        struct counter *counter = userdata;
        json_int_t i = ++counter->i;

        if (i > counter->to)
                return varlink_call_error(call, "org.example.test.Odd", json_pack("{s:I}", "n", i));
        json_t *reply = json_pack("{s:I}", "i", i);
        return i == counter->to ? varlink_call_reply(call, reply)
                                : varlink_call_reply_continues(call, reply);
}

static inline void count_release(void *userdata)
{
        struct counter *counter = userdata;

        counter->fixture->n_released++;
        free(counter);
}

static inline int count(struct varlink_call *call, json_t *parameters, void *userdata)
{
        struct counter *counter = calloc(1, sizeof(*counter));

        assert_non_null(counter);
        counter->fixture = userdata;
        counter->to = json_integer_value(json_object_get(parameters, "to"));
        return varlink_call_stream(call, count_next, counter, count_release);
}

static inline void on_gone(struct varlink_call *call, void *userdata)
{
        struct fixture *f = userdata;

        assert_true(varlink_call_is_gone(call));
        assert_ptr_equal(call, f->held);
        f->n_gone++;
        f->held = varlink_call_unref(f->held);
}

static inline int hold(struct varlink_call *call, json_t *parameters, void *userdata)
{
        struct fixture *f = userdata;

        assert_null(f->held);
        f->held = varlink_call_ref(call);
        varlink_call_on_gone(call, on_gone, f);
        return 0;
}

static inline int root(struct varlink_call *call, json_t *parameters, void *userdata)
{
        return varlink_call_reply(call, json_object());
}

static inline int drop(struct varlink_call *call, json_t *parameters, void *userdata)
{
        return 0;
}

static inline int failing(struct varlink_call *call, json_t *parameters, void *userdata)
{
        return -ENOMEM;
}

static inline int twice(struct varlink_call *call, json_t *parameters, void *userdata)
{
        int r = varlink_call_reply(call, json_object());
        assert_int_equal(varlink_call_reply(call, json_object()), -EALREADY);
        assert_int_equal(varlink_call_error(call, "a.b.C", NULL), -ENOMEM);
        return r;
}

/* Sends more than anyone reads, all at once. With a bound it keeps the call, without it goes on
 * until that is impossible. */
static inline int flood(struct varlink_call *call, json_t *parameters, void *userdata)
{
        struct fixture *f = userdata;
        char text[1024];

        memset(text, 'x', sizeof(text));
        if (f->flood_most > 0)
                f->flooded[f->n_flooded++] = varlink_call_ref(call);
        for (size_t n = 0; f->flood_most == 0 || n < f->flood_most; n += sizeof(text)) {
                f->flood_result = varlink_call_reply_continues(
                        call, json_pack("{s:s#}", "text", text, (int)sizeof(text)));
                if (f->flood_result < 0)
                        break;
        }
        return 0;
}

static const struct varlink_method methods[] = {
        {"Echo", echo},
        {"Count", count, VARLINK_METHOD_REQUIRE_MORE},
        {"Hold", hold},
        {"Root", root, VARLINK_METHOD_ROOT_ONLY},
        {"Drop", drop},
        {"Fail", failing},
        {"Twice", twice},
        {"Flood", flood, VARLINK_METHOD_REQUIRE_MORE},
        {},
};

static inline int access_policy(const struct varlink_peer *peer, const char *method, void *userdata)
{
        struct fixture *f = userdata;

        assert_int_equal(peer->pid, getpid());
        assert_int_equal(peer->uid, getuid());
        return f->denied && strcmp(method, "org.example.test.Echo") == 0 ? -EACCES : 0;
}

static const struct varlink_service service = {
        .vendor = "V",
        .product = "P",
        .version = "1",
        .url = "https://example.org",
};

static inline void start(struct fixture *f, const struct varlink_limits *limits)
{
        struct error error = {};

        *f = (struct fixture){};
        assert_true(sd_event_new(&f->event) >= 0);
        assert_int_equal(varlink_server_new(&f->server, f->event, &service, limits), 0);
        assert_int_equal(varlink_server_add_interface(f->server, description, methods, f, &error),
                         0);
        varlink_server_set_access(f->server, access_policy, f);
}

static inline void stop(struct fixture *f)
{
        varlink_server_free(f->server);
        varlink_call_unref(f->held);
        while (f->n_flooded > 0)
                varlink_call_unref(f->flooded[--f->n_flooded]);
        sd_event_unref(f->event);
}

static inline int dial(struct fixture *f)
{
        int fds[2];

        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
        assert_int_equal(varlink_server_add_connection(f->server, fds[0]), 0);
        return fds[1];
}

/* Lets the loop run until nothing has happened for @msec. */
static inline void settle_for(struct fixture *f, unsigned msec)
{
        while (sd_event_run(f->event, msec * USEC_PER_MSEC) > 0)
                ;
}

static inline void settle(struct fixture *f)
{
        settle_for(f, 0);
}

/* @n bytes with ' for ", a NUL behind. */
static inline void send_text(int fd, const char *text)
{
        _cleanup_free_ char *copy = strdup(text);

        for (char *p = copy; *p; p++)
                if (*p == '\'')
                        *p = '"';
        assert_int_equal(send(fd, copy, strlen(copy) + 1, MSG_NOSIGNAL), (ssize_t)strlen(copy) + 1);
}

/* All that has come, " as ', NUL as |, the end as $. */
static inline const char *received(int fd, char buffer[static 8192])
{
        size_t used = 0;
        ssize_t n;

        while ((n = recv(fd, buffer + used, 8190 - used, MSG_DONTWAIT)) > 0)
                used += (size_t)n;
        for (size_t i = 0; i < used; i++)
                buffer[i] = buffer[i] == '"' ? '\'' : buffer[i] ? buffer[i] : '|';
        if (n == 0 || (n < 0 && errno == ECONNRESET))
                buffer[used++] = '$';
        buffer[used] = '\0';
        return buffer;
}

/* What one connection says to @text. */
static inline void expect(struct fixture *f, const char *text, const char *reply)
{
        char buffer[8192];
        _cleanup_close_ int fd = dial(f);

        send_text(fd, text);
        settle(f);
        assert_string_equal(received(fd, buffer), reply);
}

#define ERROR(name) "{'error':'org.varlink.service." name "','parameters':"
