/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Each limit of a server, and a client that goes beyond it. */

#include "test-varlink-server.h"

#include <poll.h>
#include <sys/resource.h>
#include <sys/un.h>

#include "test-directory.h"

static void assert_answers(struct fixture *f, int fd)
{
        char text[8192];

        send_text(fd, "{'method':'org.example.test.Root'}");
        settle(f);
        assert_string_equal(received(fd, text), "{'parameters':{}}|");
}

static void message_size_is_limited(void **state)
{
        struct fixture f;
        struct varlink_limits limits = VARLINK_LIMITS_DEFAULT;
        char text[400], buffer[8192];

        limits.message_size = 200;
        start(&f, &limits);
        for (int n = 199; n <= 201; n++) {
                /* Blanks behind the object count. */
                snprintf(text, sizeof(text), "%-*s", n, "{'method':'org.example.test.Root'}");
                expect(&f, text, n <= 200 ? "{'parameters':{}}|" : "$");
        }
        /* One without end is not waited for. */
        _cleanup_close_ int fd = dial(&f);
        memset(text, ' ', sizeof(text));
        assert_int_equal(send(fd, text, 201, 0), 201);
        settle(&f);
        assert_string_equal(received(fd, buffer), "$");
        stop(&f);
}

static void default_message_size(void **state)
{
        struct fixture f;
        size_t n = 1024 * 1024 - strlen("{\"method\":\"org.example.test.Root\"}");

        start(&f, NULL);
        for (unsigned surplus = 0; surplus <= 1; surplus++) {
                char buffer[8192];
                _cleanup_close_ int fd = dial(&f);
                _cleanup_free_ char *blanks = malloc(n + surplus);
                memset(blanks, ' ', n + surplus);
                for (size_t sent = 0; sent < n + surplus;) {
                        ssize_t r = send(fd, blanks + sent, n + surplus - sent,
                                         MSG_DONTWAIT | MSG_NOSIGNAL);
                        if (r > 0)
                                sent += (size_t)r;
                        settle(&f);
                }
                send_text(fd, "{'method':'org.example.test.Root'}");
                settle(&f);
                assert_string_equal(received(fd, buffer), surplus ? "$" : "{'parameters':{}}|");
        }
        stop(&f);
}

static void depth_is_limited(void **state)
{
        struct fixture f;

        start(&f, NULL);
        /* 64 levels: the message, its parameters, and 62 arrays. */
        for (int n = 62; n <= 63; n++) {
                char text[400];
                snprintf(text, sizeof(text),
                         "{'method':'org.example.test.Echo','parameters':{'text':%.*s%.*s}}", n,
                         "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", n,
                         "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]");
                expect(&f, text,
                       n == 62 ? ERROR("InvalidParameter") "{'parameter':'text'}}|" : "$");
        }
        stop(&f);
}

/* A message of permitted size whose tree would be large and slow is not even begun. */
static void values_are_limited(void **state)
{
        struct fixture f;
        const char begin[] = "{'method':'org.example.test.Echo','parameters':{'text':[";

        start(&f, NULL);
        /* 16,384: the message's two members, the one of the parameters, and the elements. */
        for (size_t n = 16381; n <= 16382; n++) {
                _cleanup_free_ char *text = calloc(1, sizeof(begin) + 2 * n + 3);
                char *p = stpcpy(text, begin);
                for (size_t i = 0; i < n; i++)
                        p = stpcpy(p, i > 0 ? ",0" : "0");
                strcpy(p, "]}}");
                expect(&f, text,
                       n == 16381 ? ERROR("InvalidParameter") "{'parameter':'text'}}|" : "$");
        }
        stop(&f);
}

/* A user other than root; only root can be somebody else. */
#define OTHER 54321

/* A connection of @uid's: 0, or what the server says. */
static int dial_as(struct fixture *f, uid_t uid, int *ret)
{
        uid_t own = geteuid();
        int fds[2];

        /* The kernel notes down whose it is when it is made. */
        assert_int_equal(seteuid(uid), 0);
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
        assert_int_equal(seteuid(own), 0);
        int r = varlink_server_add_connection(f->server, fds[0]);
        if (r < 0) {
                assert_int_equal(recv(fds[1], &(char){0}, 1, 0), 0);
                fd_close(fds[1]);
        } else
                *ret = fds[1];
        return r;
}

static void connections_are_limited(void **state)
{
        struct fixture f;
        uid_t uid = geteuid() == 0 ? OTHER : geteuid();

        for (unsigned per_uid = 0; per_uid <= 1; per_uid++) {
                struct varlink_limits limits = VARLINK_LIMITS_DEFAULT;
                int first, second, third = -EBADF;
                if (per_uid)
                        limits.connections_per_uid = 2;
                else
                        limits.connections = 2;
                start(&f, &limits);
                assert_int_equal(dial_as(&f, uid, &first), 0);
                assert_int_equal(dial_as(&f, uid, &second), 0);
                assert_int_equal(dial_as(&f, uid, &third), -EUSERS);
                /* At once, before the loop has seen it; also of one that has left calls behind. */
                fd_close(first);
                assert_int_equal(dial_as(&f, uid, &third), 0);
                assert_int_equal(write(second, "{}", 3), 3);
                assert_int_equal(dial_as(&f, uid, &first), -EUSERS);
                fd_close(second);
                assert_int_equal(dial_as(&f, uid, &first), 0);
                fd_close(first);
                fd_close(third);
                settle(&f);
                assert_int_equal(varlink_server_connections(f.server), 0);
                stop(&f);
        }
}

/* Others take all there are; root has some more, and takes of the common ones only behind them. */
static void root_has_slots_of_its_own(void **state)
{
        struct varlink_limits limits = VARLINK_LIMITS_DEFAULT;
        int others[2], roots[3], more = -EBADF;
        struct fixture f;

        if (geteuid() != 0)
                skip();
        limits.connections = 2;
        limits.connections_root = 2;
        start(&f, &limits);
        for (size_t i = 0; i < 2; i++)
                assert_int_equal(dial_as(&f, OTHER + (uid_t)i, &others[i]), 0);
        assert_int_equal(dial_as(&f, OTHER + 2, &more), -EUSERS);
        for (size_t i = 0; i < 2; i++)
                assert_int_equal(dial_as(&f, 0, &roots[i]), 0);
        assert_int_equal(dial_as(&f, 0, &more), -EUSERS);
        assert_answers(&f, roots[1]);
        fd_close(others[0]);
        settle(&f);
        assert_int_equal(dial_as(&f, 0, &roots[2]), 0);
        assert_int_equal(dial_as(&f, OTHER, &more), -EUSERS);
        /* Root's own is free again: to nobody else. */
        fd_close(roots[0]);
        settle(&f);
        assert_int_equal(dial_as(&f, OTHER, &more), 0);
        fd_close(more);
        fd_close(others[1]);
        fd_close(roots[1]);
        fd_close(roots[2]);
        settle(&f);
        stop(&f);
}

static void connections_leave_fds_to_the_program(void **state)
{
        struct fixture f;
        struct rlimit old, few = {.rlim_cur = 20};
        int fds[32];
        unsigned n = 0;

        assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
        few.rlim_max = old.rlim_max;
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
        start(&f, NULL);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
        for (; n < 10; n++)
                fds[n] = dial(&f);
        int pair[2];
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
        assert_int_equal(varlink_server_add_connection(f.server, pair[0]), -EUSERS);
        fd_close(pair[1]);
        while (n-- > 0)
                fd_close(fds[n]);
        stop(&f);
}

/* A client who cannot be accepted is not asked about again and again. */
static void no_fd_left_to_accept_with(void **state)
{
        struct fixture f;
        struct error error = {};
        struct rlimit old, none;
        char directory[TEST_DIRECTORY_MAX], text[8192];
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        unsigned turns = 0;

        start(&f, NULL);
        test_directory_make(directory);
        snprintf(address.sun_path, sizeof(address.sun_path), "%s/s", directory);
        assert_int_equal(varlink_server_listen(f.server, address.sun_path, 0600, (gid_t)-1, &error),
                         0);
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
        assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
        none = (struct rlimit){.rlim_cur = 0, .rlim_max = old.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
        uint64_t begin, now;
        assert_true(sd_event_now(f.event, CLOCK_MONOTONIC, &begin) >= 0);
        do {
                turns += sd_event_run(f.event, 10 * USEC_PER_MSEC) > 0;
                assert_true(sd_event_now(f.event, CLOCK_MONOTONIC, &now) >= 0);
        } while (now < begin + 300 * USEC_PER_MSEC);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
        /* One try and one timer each 100 ms. */
        assert_in_range(turns, 2, 2 * (now - begin) / (100 * USEC_PER_MSEC) + 2);
        assert_int_equal(varlink_server_connections(f.server), 0);
        send_text(fd, "{'method':'org.example.test.Root'}");
        settle_for(&f, 200);
        assert_string_equal(received(fd, text), "{'parameters':{}}|");
        stop(&f);
        assert_int_equal(rmdir(directory), 0);
}

static void slow_reader_is_cut_off(void **state)
{
        struct fixture f;
        struct varlink_limits limits = VARLINK_LIMITS_DEFAULT;
        _cleanup_free_ char *buffer = malloc(1 << 20);
        size_t n = 0;
        ssize_t r;

        limits.unsent = 1 << 20;
        start(&f, &limits);
        _cleanup_close_ int fd = dial(&f);
        _cleanup_close_ int other = dial(&f);
        send_text(fd, "{'method':'org.example.test.Flood','more':true}");
        settle(&f);
        assert_int_equal(f.flood_result, -EPIPE);
        /* What the socket itself had taken can still be read. */
        while ((r = recv(fd, buffer, 1 << 20, MSG_DONTWAIT)) > 0)
                n += (size_t)r;
        assert_int_equal(r, 0);
        assert_true(n > 0 && n < 1 << 20);
        assert_answers(&f, other);
        assert_int_equal(varlink_server_connections(f.server), 1);
        stop(&f);
}

/* Many who read slowly share one limit; it ends the worst of them, and not the one whose turn it
 * is. */
static void slow_readers_share_a_limit(void **state)
{
        struct fixture f;
        struct varlink_limits limits = VARLINK_LIMITS_DEFAULT;
        int fds[8];

        limits.unsent = 1 << 20;
        limits.unsent_all = 3 << 20;
        start(&f, &limits);
        _cleanup_close_ int good = dial(&f);
        for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
                fds[i] = dial(&f);
                f.flood_most = 900000 - i * 1000;
                send_text(fds[i], "{'method':'org.example.test.Flood','more':true}");
                settle(&f);
                assert_answers(&f, good);
        }
        /* Of every four the first one is the worst. */
        assert_int_equal(varlink_server_connections(f.server) - 1, 3);
        for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
                struct pollfd p = {.fd = fds[i], .events = POLLRDHUP};
                assert_int_equal(poll(&p, 1, 0) > 0, i < ARRAY_SIZE(fds) - 3);
                fd_close(fds[i]);
        }
        stop(&f);
}

/* It is the user who has most unsent, not the connection: many small ones of one user end before a
 * larger one of another. */
static void slow_readers_pay_for_themselves(void **state)
{
        struct fixture f;
        struct varlink_limits limits = VARLINK_LIMITS_DEFAULT;
        int fds[6], honest = -EBADF;

        if (geteuid() != 0)
                skip();
        limits.unsent = 1 << 20;
        limits.unsent_all = 2 << 20;
        start(&f, &limits);
        varlink_server_set_access(f.server, NULL, NULL);
        assert_int_equal(dial_as(&f, OTHER, &honest), 0);
        f.flood_most = 900000;
        send_text(honest, "{'method':'org.example.test.Flood','more':true}");
        settle(&f);
        for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
                fds[i] = dial(&f);
                f.flood_most = 400000;
                send_text(fds[i], "{'method':'org.example.test.Flood','more':true}");
                settle(&f);
        }
        struct pollfd p = {.fd = honest, .events = POLLRDHUP};
        assert_int_equal(poll(&p, 1, 0), 0);
        assert_in_range(varlink_server_connections(f.server), 2, 4);
        for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
                fd_close(fds[i]);
        fd_close(honest);
        stop(&f);
}

/* So do many who send halves of messages. */
static void half_messages_share_a_limit(void **state)
{
        struct fixture f;
        struct varlink_limits limits = VARLINK_LIMITS_DEFAULT;
        char text[8192], blanks[VARLINK_READ_SIZE];
        int fds[8];

        limits.unparsed_all = 3 * sizeof(blanks);
        start(&f, &limits);
        memset(blanks, ' ', sizeof(blanks));
        _cleanup_close_ int good = dial(&f);
        for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
                ssize_t n = (ssize_t)(sizeof(blanks) - i);
                fds[i] = dial(&f);
                assert_int_equal(send(fds[i], blanks, (size_t)n, 0), n);
                settle(&f);
                assert_answers(&f, good);
        }
        /* Three fit, but no call beside them; of every three the first one is the worst. */
        assert_int_equal(varlink_server_connections(f.server) - 1, 2);
        for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
                assert_string_equal(received(fds[i], text), i < ARRAY_SIZE(fds) - 2 ? "$" : "");
        /* Those that are left can finish theirs, and what is parsed counts no more. */
        for (size_t i = ARRAY_SIZE(fds) - 2; i < ARRAY_SIZE(fds); i++)
                assert_answers(&f, fds[i]);
        for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
                fd_close(fds[i]);
        _cleanup_close_ int late = dial(&f);
        for (size_t i = 0; i < 5 * sizeof(blanks) / 64; i++)
                assert_answers(&f, late);
        stop(&f);
}

/* The stream is made as it is read: its length has no limit, and it takes no memory to speak of. */
static void stream_waits_for_its_reader(void **state)
{
        struct fixture f;
        struct varlink_limits limits = VARLINK_LIMITS_DEFAULT;
        _cleanup_free_ char *buffer = malloc(1 << 20);
        size_t n = 0, n_replies = 0;
        ssize_t r;

        limits.unsent = 128 * 1024;
        start(&f, &limits);
        _cleanup_close_ int fd = dial(&f);
        send_text(fd, "{'method':'org.example.test.Count','parameters':{'to':50000},'more':true}");
        while (n_replies < 50000) {
                settle(&f);
                r = recv(fd, buffer, 1 << 20, MSG_DONTWAIT);
                assert_true(r > 0);
                n += (size_t)r;
                for (char *p = buffer; p < buffer + r; p++)
                        n_replies += *p == '\0';
        }
        assert_int_equal(n_replies, 50000);
        assert_true(n > 1 << 20);
        assert_int_equal(f.n_released, 1);
        stop(&f);
}

/* Far more calls than fit anywhere: the client has to wait, nothing is lost, others are served. */
static void pipeline_without_end(void **state)
{
        struct fixture f;
        const char call[] = "{\"method\":\"org.example.test.Root\"}";
        const size_t n_calls = 40000, reply = sizeof("{\"parameters\":{}}");
        char text[8192];
        _cleanup_free_ char *calls = malloc(n_calls * sizeof(call));
        size_t sent = 0, received_bytes = 0, size = n_calls * sizeof(call);
        ssize_t r;

        for (size_t i = 0; i < n_calls; i++)
                memcpy(calls + i * sizeof(call), call, sizeof(call));
        start(&f, NULL);
        _cleanup_close_ int fd = dial(&f);
        _cleanup_close_ int other = dial(&f);
        do {
                settle(&f);
                r = send(fd, calls + sent, size - sent, MSG_DONTWAIT);
                if (r > 0)
                        sent += (size_t)r;
        } while (r > 0 && sent < size);
        assert_true(sent < size);
        assert_answers(&f, other);
        while (received_bytes < n_calls * reply) {
                r = send(fd, calls + sent, size - sent, MSG_DONTWAIT);
                if (r > 0)
                        sent += (size_t)r;
                settle(&f);
                r = recv(fd, text, sizeof(text), MSG_DONTWAIT);
                assert_true(r > 0);
                received_bytes += (size_t)r;
        }
        assert_int_equal(received_bytes, n_calls * reply);
        stop(&f);
}

static void half_message_has_a_time_limit(void **state)
{
        struct fixture f;
        struct varlink_limits limits = VARLINK_LIMITS_DEFAULT;
        char buffer[8192];

        limits.message_usec = 100 * USEC_PER_MSEC;
        start(&f, &limits);
        _cleanup_close_ int idle = dial(&f);
        _cleanup_close_ int slow = dial(&f);
        _cleanup_close_ int holding = dial(&f);
        /* A call that takes its time is not half a message, though another half waits behind. */
        send_text(holding, "{'method':'org.example.test.Hold'}");
        assert_int_equal(send(holding, "{", 1, 0), 1);
        for (unsigned i = 0; i < 30; i++) {
                /* A byte now and then does not help. */
                (void)send(slow, " ", 1, MSG_NOSIGNAL);
                settle_for(&f, 0);
                poll(NULL, 0, 10);
        }
        settle_for(&f, 1);
        assert_string_equal(received(slow, buffer), "$");
        assert_string_equal(received(idle, buffer), "");
        assert_string_equal(received(holding, buffer), "");
        assert_int_equal(varlink_server_connections(f.server), 2);
        /* Its time begins when it is its turn. */
        assert_non_null(f.held);
        assert_int_equal(varlink_call_reply(f.held, json_object()), 0);
        settle_for(&f, 1);
        assert_string_equal(received(holding, buffer), "{'parameters':{}}|");
        poll(NULL, 0, 200);
        settle_for(&f, 1);
        assert_string_equal(received(holding, buffer), "$");
        assert_int_equal(varlink_server_connections(f.server), 1);
        stop(&f);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(message_size_is_limited),
                cmocka_unit_test(default_message_size),
                cmocka_unit_test(depth_is_limited),
                cmocka_unit_test(values_are_limited),
                cmocka_unit_test(connections_are_limited),
                cmocka_unit_test(root_has_slots_of_its_own),
                cmocka_unit_test(connections_leave_fds_to_the_program),
                cmocka_unit_test(no_fd_left_to_accept_with),
                cmocka_unit_test(slow_reader_is_cut_off),
                cmocka_unit_test(slow_readers_share_a_limit),
                cmocka_unit_test(slow_readers_pay_for_themselves),
                cmocka_unit_test(stream_waits_for_its_reader),
                cmocka_unit_test(pipeline_without_end),
                cmocka_unit_test(half_messages_share_a_limit),
                cmocka_unit_test(half_message_has_a_time_limit),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
