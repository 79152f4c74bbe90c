/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* All that a client may send, to a server that has one of every kind of method. */

#include <sys/socket.h>

#include "fuzz.h"
#include "varlink/server.h"

static const char description[] = "interface a.b\n"
                                  "method Echo(x: ?object) -> (x: ?object)\n"
                                  "method Hold() -> ()\n"
                                  "method Drop() -> ()\n"
                                  "method Stream(n: int) -> ()\n";

struct held {
        struct varlink_call *calls[64];
        size_t n;
};

static int echo(struct varlink_call *call, json_t *parameters, void *userdata)
{
        return varlink_call_reply(call, json_incref(parameters));
}

static int hold(struct varlink_call *call, json_t *parameters, void *userdata)
{
        struct held *held = userdata;

        if (held->n == ARRAY_SIZE(held->calls))
                return varlink_call_error_permission_denied(call);
        held->calls[held->n++] = varlink_call_ref(call);
        return 0;
}

static int drop(struct varlink_call *call, json_t *parameters, void *userdata)
{
        return 0;
}

static int stream_next(struct varlink_call *call, void *userdata)
{
        unsigned *left = userdata;

        return (*left)-- > 1 ? varlink_call_reply_continues(call, json_object())
                             : varlink_call_reply(call, json_object());
}

static int stream(struct varlink_call *call, json_t *parameters, void *userdata)
{
        unsigned *left = malloc(sizeof(*left));

        must(left);
        *left = (unsigned)json_integer_value(json_object_get(parameters, "n")) % 50;
        return varlink_call_stream(call, stream_next, left, free);
}

static const struct varlink_method methods[] = {
        {"Echo", echo},
        {"Hold", hold},
        {"Drop", drop},
        {"Stream", stream, VARLINK_METHOD_REQUIRE_MORE},
        {},
};

static void settle(sd_event *event)
{
        int r;

        while ((r = sd_event_run(event, 0)) > 0)
                ;
        must(r == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const struct varlink_service service = {"v", "p", "1", "u"};
        _cleanup_(varlink_server_freep) struct varlink_server *server = NULL;
        struct varlink_limits limits = VARLINK_LIMITS_DEFAULT;
        sd_event *event = NULL;
        struct held held = {};
        int fds[2];

        limits.message_size = 4096;
        limits.unsent = 65536;
        must(sd_event_new(&event) >= 0);
        must(varlink_server_new(&server, event, &service, &limits) == 0);
        must(varlink_server_add_interface(server, description, methods, &held, NULL) == 0);
        must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
        must(varlink_server_add_connection(server, fds[0]) == 0);

        while (size > 0) {
                ssize_t n = send(fds[1], data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
                if (n > 0) {
                        data += n;
                        size -= (size_t)n;
                }
                settle(event);
                /* The server ended it, or waits for an answer to come from us. */
                if (n <= 0)
                        break;
        }
        (void)shutdown(fds[1], SHUT_WR);
        for (size_t i = 0; i < held.n; i++) {
                (void)varlink_call_reply(held.calls[i], json_object());
                settle(event);
        }
        fd_close(fds[1]);
        settle(event);
        must(varlink_server_connections(server) == 0);
        for (size_t i = 0; i < held.n; i++)
                varlink_call_unref(held.calls[i]);
        server = varlink_server_free(server);
        sd_event_unref(event);
        return 0;
}
