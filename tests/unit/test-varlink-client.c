/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test-varlink.h"

#include <poll.h>
#include <sys/socket.h>

#include "test-directory.h"
#include "varlink/client.h"

struct fixture {
        struct varlink_client *client;
        int peer;
        struct error error;
        struct varlink_reply reply;
};

static int setup(void **state)
{
        struct fixture *f = calloc(1, sizeof(*f));
        int fds[2];

        assert_non_null(f);
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
        assert_int_equal(varlink_client_adopt(&f->client, fds[0], 50 * USEC_PER_MSEC, &f->error),
                         0);
        f->peer = fds[1];
        *state = f;
        return 0;
}

static int teardown(void **state)
{
        struct fixture *f = *state;

        varlink_client_reply_deinit(&f->reply);
        varlink_client_free(f->client);
        fd_close(f->peer);
        free(f);
        return 0;
}

/* What the server will have said; | is a NUL, ' is ". */
static void serve(struct fixture *f, const char *text)
{
        for (const char *p = text; *p; p++) {
                char c = *p == '|' ? '\0' : *p == '\'' ? '"' : *p;
                assert_int_equal(send(f->peer, &c, 1, 0), 1);
        }
}

/* What the client has said, in the same way. */
static void expect_sent(struct fixture *f, const char *text)
{
        char buffer[1024];

        ssize_t n = recv(f->peer, buffer, sizeof(buffer) - 1, MSG_DONTWAIT);
        assert_true(n > 0);
        for (ssize_t i = 0; i < n; i++)
                buffer[i] = buffer[i] == '"' ? '\'' : buffer[i] ? buffer[i] : '|';
        buffer[n] = '\0';
        assert_string_equal(buffer, text);
}

static int call(struct fixture *f)
{
        varlink_client_reply_deinit(&f->reply);
        return varlink_client_call(f->client, "a.b.C", NULL, &f->reply, &f->error);
}

static void one_call(void **state)
{
        struct fixture *f = *state;

        serve(f, "{'parameters':{'n':9007199254740993}}|");
        assert_int_equal(varlink_client_call(f->client, "a.b.C", json_pack("{s:i}", "x", 1),
                                             &f->reply, &f->error),
                         0);
        assert_null(f->reply.error);
        assert_int_equal(json_integer_value(json_object_get(f->reply.parameters, "n")),
                         9007199254740993);
        expect_sent(f, "{'method':'a.b.C','parameters':{'x':1}}|");
        serve(f, "{}|");
        assert_int_equal(call(f), 0);
        assert_int_equal(json_object_size(f->reply.parameters), 0);
        expect_sent(f, "{'method':'a.b.C'}|");
}

static void named_error(void **state)
{
        struct fixture *f = *state;

        serve(f, "{'error':'a.b.Bad','parameters':{'why':'x'}}|{}|");
        assert_int_equal(call(f), 0);
        assert_string_equal(f->reply.error, "a.b.Bad");
        assert_non_null(json_object_get(f->reply.parameters, "why"));
        /* The connection is as good as before. */
        assert_int_equal(call(f), 0);
        assert_null(f->reply.error);
}

static void more_replies(void **state)
{
        struct fixture *f = *state;

        assert_int_equal(varlink_client_receive(f->client, &f->reply, &f->error), -ENOMSG);
        assert_int_equal(
                varlink_client_send(f->client, "a.b.C", NULL, VARLINK_CALL_MORE, &f->error), 0);
        expect_sent(f, "{'method':'a.b.C','more':true}|");
        assert_int_equal(varlink_client_send(f->client, "a.b.C", NULL, 0, &f->error), -EBUSY);
        assert_int_equal(varlink_client_receive_now(f->client, &f->reply, &f->error), 0);
        serve(f, "{'parameters':{'i':1},'continues':true}|{'param");
        assert_int_equal(varlink_client_receive_now(f->client, &f->reply, &f->error), 1);
        assert_true(f->reply.continues);
        varlink_client_reply_deinit(&f->reply);
        assert_int_equal(varlink_client_receive_now(f->client, &f->reply, &f->error), 0);
        struct pollfd p = {.fd = varlink_client_fd(f->client), .events = POLLIN};
        assert_int_equal(poll(&p, 1, 0), 0);
        serve(f, "eters':{'i':2}}|");
        assert_int_equal(poll(&p, 1, 0), 1);
        assert_int_equal(varlink_client_receive(f->client, &f->reply, &f->error), 0);
        assert_false(f->reply.continues);
        varlink_client_reply_deinit(&f->reply);
        assert_int_equal(varlink_client_receive(f->client, &f->reply, &f->error), -ENOMSG);
}

static void oneway(void **state)
{
        struct fixture *f = *state;

        assert_int_equal(
                varlink_client_send(f->client, "a.b.C", NULL, VARLINK_CALL_ONEWAY, &f->error), 0);
        expect_sent(f, "{'method':'a.b.C','oneway':true}|");
        assert_int_equal(varlink_client_receive(f->client, &f->reply, &f->error), -ENOMSG);
        serve(f, "{}|");
        assert_int_equal(call(f), 0);
}

static void silence_has_a_time_limit(void **state)
{
        struct fixture *f = *state;

        serve(f, "{'parameters':");
        assert_int_equal(call(f), -ETIMEDOUT);
        assert_string_equal(f->error.text, "The service did not answer within 50ms");
        /* A late reply must not be taken for that of another call. */
        serve(f, "{}}|");
        assert_int_equal(call(f), -ECONNRESET);
}

static void server_that_does_not_read(void **state)
{
        struct fixture *f = *state;
        _cleanup_free_ char *text = malloc(4 << 20);

        memset(text, 'x', 4 << 20);
        assert_int_equal(varlink_client_send(f->client, "a.b.C",
                                             json_pack("{s:s#}", "text", text, 4 << 20), 0,
                                             &f->error),
                         -ETIMEDOUT);
}

static void server_that_leaves(void **state)
{
        struct fixture *f = *state;

        serve(f, "{'parameters':{}}");
        assert_int_equal(shutdown(f->peer, SHUT_RDWR), 0);
        assert_int_equal(call(f), -ECONNRESET);
        assert_string_equal(f->error.text, "The service ended the connection");
}

static void what_is_not_varlink(void **state)
{
        static const char *const bad[] = {
                "|",
                "HTTP/1.1 400 Bad Request|",
                "[]|",
                "{'surplus':1}|",
                "{'continues':true}|",
                "{'parameters':{},'error':1}|",
        };

        for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
                void *inner;
                setup(&inner);
                struct fixture *f = inner;
                serve(f, bad[i]);
                assert_int_equal(call(f), -EBADMSG);
                assert_int_equal(call(f), -ECONNRESET);
                teardown(&inner);
        }
}

static void nobody_there(void **state)
{
        struct fixture *f = *state;
        char directory[TEST_DIRECTORY_MAX], path[TEST_DIRECTORY_MAX + 2], longer[200];
        struct varlink_client *client;

        test_directory_make(directory);
        snprintf(path, sizeof(path), "%s/s", directory);
        assert_int_equal(varlink_client_connect(&client, path, 1000, &f->error), -ENOENT);
        assert_non_null(strstr(f->error.text, path));
        memset(longer, 'x', sizeof(longer));
        longer[sizeof(longer) - 1] = '\0';
        assert_int_equal(varlink_client_connect(&client, longer, 1000, &f->error), -ENAMETOOLONG);
        rmdir(directory);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(one_call, setup, teardown),
                cmocka_unit_test_setup_teardown(named_error, setup, teardown),
                cmocka_unit_test_setup_teardown(more_replies, setup, teardown),
                cmocka_unit_test_setup_teardown(oneway, setup, teardown),
                cmocka_unit_test_setup_teardown(silence_has_a_time_limit, setup, teardown),
                cmocka_unit_test_setup_teardown(server_that_does_not_read, setup, teardown),
                cmocka_unit_test_setup_teardown(server_that_leaves, setup, teardown),
                cmocka_unit_test(what_is_not_varlink),
                cmocka_unit_test_setup_teardown(nobody_there, setup, teardown),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
