/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test-varlink-server.h"

static void standard_answers(void **state)
{
        struct fixture f;
        static const struct {
                const char *call;
                const char *reply;
        } cases[] = {
                {"{'method':'org.varlink.service.GetInfo'}",
                 "{'parameters':{'vendor':'V','product':'P','version':'1','url':"
                 "'https://example.org','interfaces':['org.varlink.service','org.example.test']}}|"},
                {"{'method':'org.example.test.Echo','parameters':{'text':'x'}}",
                 "{'parameters':{'text':'x'}}|"},
                {"{'method':'org.example.test.Echo','parameters':{'text':'x','n':9007199254740993}}",
                 "{'parameters':{'text':'x','n':9007199254740993}}|"},
                {"{'method':'org.example.test.Echo'}",
                 ERROR("InvalidParameter") "{'parameter':'text'}}|"},
                {"{'method':'org.example.test.Echo','parameters':{'text':1}}",
                 ERROR("InvalidParameter") "{'parameter':'text'}}|"},
                {"{'method':'org.example.test.Echo','parameters':{'text':'','x':1}}",
                 ERROR("InvalidParameter") "{'parameter':'x'}}|"},
                {"{'method':'org.example.test.Nothing'}",
                 ERROR("MethodNotFound") "{'method':'org.example.test.Nothing'}}|"},
                {"{'method':'org.example.test.'}",
                 ERROR("MethodNotFound") "{'method':'org.example.test.'}}|"},
                {"{'method':'org.example.test.Missing'}",
                 ERROR("MethodNotImplemented") "{'method':'org.example.test.Missing'}}|"},
                {"{'method':'org.example.tes.Echo'}",
                 ERROR("InterfaceNotFound") "{'interface':'org.example.tes'}}|"},
                {"{'method':'Echo'}", ERROR("InterfaceNotFound") "{'interface':'Echo'}}|"},
                {"{'method':''}", ERROR("InterfaceNotFound") "{'interface':''}}|"},
                {"{'method':'org.varlink.service.GetInterfaceDescription',"
                 "'parameters':{'interface':'a.b'}}",
                 ERROR("InterfaceNotFound") "{'interface':'a.b'}}|"},
                {"{'method':'org.varlink.service.GetInterfaceDescription'}",
                 ERROR("InvalidParameter") "{'parameter':'interface'}}|"},
                {"{'method':'org.example.test.Count','parameters':{'to':1}}",
                 ERROR("ExpectedMore") "{}}|"},
                {"{'method':'org.example.test.Count','parameters':{'to':1},'oneway':true}", ""},
                {"{'method':'org.example.test.Echo','parameters':{'text':''},'upgrade':true}",
                 ERROR("InvalidParameter") "{'parameter':'upgrade'}}|"},
                {"{'method':'org.example.test.Echo','parameters':{'text':''},'more':true}",
                 "{'parameters':{'text':''}}|"},
                {"{'method':'org.example.test.Echo','parameters':{'text':''},'oneway':true}", ""},
                {"{'method':'org.example.test.Drop'}", "$"},
                {"{'method':'org.example.test.Fail'}", "$"},
                {"{'method':'org.example.test.Twice'}", "{'parameters':{}}|"},
        };

        start(&f, NULL);
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                expect(&f, cases[i].call, cases[i].reply);
        settle(&f);
        assert_int_equal(varlink_server_connections(f.server), 0);
        stop(&f);
}

static void description_is_given(void **state)
{
        struct fixture f;
        char buffer[8192];

        start(&f, NULL);
        _cleanup_close_ int fd = dial(&f);
        send_text(fd, "{'method':'org.varlink.service.GetInterfaceDescription','parameters':"
                      "{'interface':'org.varlink.service'}}");
        settle(&f);
        assert_non_null(strstr(received(fd, buffer), "error ExpectedMore ()\\n'}}|"));
        send_text(fd, "{'method':'org.varlink.service.GetInterfaceDescription','parameters':"
                      "{'interface':'org.example.test'}}");
        settle(&f);
        assert_non_null(strstr(received(fd, buffer), "'interface org.example.test\\nmethod Echo"));
        stop(&f);
}

static void pipelined_calls_are_answered_in_order(void **state)
{
        struct fixture f;
        char buffer[8192];

        start(&f, NULL);
        _cleanup_close_ int fd = dial(&f);
        send_text(fd, "{'method':'org.example.test.Hold'}");
        send_text(fd, "{'method':'org.example.test.Echo','parameters':{'text':'1'}}");
        send_text(fd, "{'method':'org.example.test.Echo','parameters':{'text':'2'},'oneway':true}");
        send_text(fd, "{'method':'org.example.test.Count','parameters':{'to':3},'more':true}");
        send_text(fd, "{'method':'org.example.test.Nothing'}");
        send_text(fd, "{'method':'org.example.test.Echo','parameters':{'text':'3'}}");
        settle(&f);
        assert_string_equal(received(fd, buffer), "");
        assert_non_null(f.held);
        assert_int_equal(f.n_echoed, 0);
        assert_int_equal(varlink_call_reply(f.held, json_object()), 0);
        assert_int_equal(varlink_call_reply(f.held, json_object()), -EALREADY);
        settle(&f);
        assert_string_equal(received(fd, buffer),
                            "{'parameters':{}}|{'parameters':{'text':'1'}}|"
                            "{'parameters':{'i':1},'continues':true}|"
                            "{'parameters':{'i':2},'continues':true}|{'parameters':{'i':3}}|"
                            "{'error':'org.varlink.service.MethodNotFound','parameters':"
                            "{'method':'org.example.test.Nothing'}}|{'parameters':{'text':'3'}}|");
        assert_int_equal(f.n_echoed, 3);
        assert_int_equal(f.n_released, 1);
        stop(&f);
}

static void message_in_small_pieces(void **state)
{
        struct fixture f;
        char buffer[8192];
        const char text[] =
                "{\"method\":\"org.example.test.Echo\",\"parameters\":{\"text\":\"x\"}}";

        start(&f, NULL);
        _cleanup_close_ int fd = dial(&f);
        for (size_t i = 0; i < sizeof(text); i++) {
                assert_string_equal(received(fd, buffer), "");
                assert_int_equal(send(fd, text + i, 1, 0), 1);
                settle(&f);
        }
        assert_string_equal(received(fd, buffer), "{'parameters':{'text':'x'}}|");
        stop(&f);
}

static void bad_message_ends_its_connection_alone(void **state)
{
        struct fixture f;
        char buffer[8192];
        static const char *const bad[] = {"", "x", "{}", "[1]", "{'method':'a.b.C','surplus':1}"};

        start(&f, NULL);
        _cleanup_close_ int good = dial(&f);
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
                _cleanup_close_ int fd = dial(&f);
                /* What came before is answered, what comes behind is not. */
                send_text(fd, "{'method':'org.example.test.Root'}");
                send_text(fd, bad[i]);
                send_text(fd, "{'method':'org.example.test.Root'}");
                settle(&f);
                assert_string_equal(received(fd, buffer), "{'parameters':{}}|$");
                send_text(good, "{'method':'org.example.test.Root'}");
                settle(&f);
                assert_string_equal(received(good, buffer), "{'parameters':{}}|");
        }
        assert_int_equal(varlink_server_connections(f.server), 1);
        stop(&f);
}

static void peer_that_goes_is_noticed(void **state)
{
        struct fixture f;

        start(&f, NULL);
        int fd = dial(&f);
        send_text(fd, "{'method':'org.example.test.Hold'}");
        settle(&f);
        assert_non_null(f.held);
        assert_false(varlink_call_is_gone(f.held));
        fd_close(fd);
        settle(&f);
        assert_int_equal(f.n_gone, 1);
        assert_int_equal(varlink_server_connections(f.server), 0);

        /* In the middle of a message, and of a stream. */
        fd = dial(&f);
        assert_int_equal(send(fd, "{\"met", 5, 0), 5);
        settle(&f);
        fd_close(fd);
        fd = dial(&f);
        send_text(fd, "{'method':'org.example.test.Count','parameters':{'to':1000000},"
                      "'more':true}");
        settle(&f);
        assert_int_equal(varlink_server_connections(f.server), 1);
        fd_close(fd);
        settle(&f);
        assert_int_equal(varlink_server_connections(f.server), 0);
        assert_int_equal(f.n_released, 1);
        stop(&f);
}

static void kept_call_survives_the_server(void **state)
{
        struct fixture f;

        start(&f, NULL);
        _cleanup_close_ int fd = dial(&f);
        send_text(fd, "{'method':'org.example.test.Hold'}");
        settle(&f);
        assert_non_null(f.held);
        _cleanup_(varlink_call_unrefp) struct varlink_call *call = varlink_call_ref(f.held);
        f.server = varlink_server_free(f.server);
        assert_int_equal(f.n_gone, 1);
        assert_true(varlink_call_is_gone(call));
        assert_int_equal(varlink_call_reply(call, json_object()), -EPIPE);
        assert_string_equal(varlink_call_method(call), "org.example.test.Hold");
        assert_int_equal(varlink_call_peer(call)->uid, getuid());
        stop(&f);
}

static void calls_before_the_end_are_answered(void **state)
{
        struct fixture f;
        char buffer[8192];

        start(&f, NULL);
        _cleanup_close_ int fd = dial(&f);
        send_text(fd, "{'method':'org.example.test.Root'}");
        send_text(fd, "{'method':'org.example.test.Hold'}");
        send_text(fd, "{'method':'org.example.test.Echo','parameters':{'text':'1'}}");
        assert_int_equal(shutdown(fd, SHUT_WR), 0);
        settle(&f);
        assert_string_equal(received(fd, buffer), "{'parameters':{}}|");
        assert_non_null(f.held);
        assert_int_equal(varlink_call_reply(f.held, json_object()), 0);
        settle(&f);
        assert_string_equal(received(fd, buffer),
                            "{'parameters':{}}|{'parameters':{'text':'1'}}|$");

        /* A client that tells something and leaves at once has told it. */
        int last = dial(&f);
        send_text(last,
                  "{'method':'org.example.test.Echo','parameters':{'text':''},'oneway':true}");
        fd_close(last);
        settle(&f);
        assert_int_equal(f.n_echoed, 2);
        assert_int_equal(varlink_server_connections(f.server), 0);
        stop(&f);
}

static void access_is_asked_for_every_call(void **state)
{
        struct fixture f;
        char buffer[8192];

        start(&f, NULL);
        _cleanup_close_ int fd = dial(&f);
        f.denied = true;
        send_text(fd, "{'method':'org.example.test.Echo','parameters':{'text':''}}");
        send_text(fd, "{'method':'org.example.test.Twice'}");
        settle(&f);
        assert_string_equal(received(fd, buffer),
                            "{'error':'org.varlink.service.PermissionDenied','parameters':{}}|"
                            "{'parameters':{}}|");
        assert_int_equal(f.n_echoed, 0);
        stop(&f);
}

static void interfaces_are_checked(void **state)
{
        struct fixture f;
        struct error error = {};
        static const struct varlink_method other[] = {{"Other", root}, {}};
        static const struct varlink_method none[] = {{}};

        start(&f, NULL);
        assert_int_equal(varlink_server_add_interface(f.server, description, methods, &f, &error),
                         -EEXIST);
        assert_int_equal(varlink_server_add_interface(f.server, "interface a.b\nmethod A()->()",
                                                      other, &f, &error),
                         -ENOENT);
        assert_int_equal(varlink_server_add_interface(f.server, "nonsense", none, &f, &error),
                         -EBADMSG);
        stop(&f);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(standard_answers),
                cmocka_unit_test(description_is_given),
                cmocka_unit_test(pipelined_calls_are_answered_in_order),
                cmocka_unit_test(message_in_small_pieces),
                cmocka_unit_test(bad_message_ends_its_connection_alone),
                cmocka_unit_test(peer_that_goes_is_noticed),
                cmocka_unit_test(kept_call_survives_the_server),
                cmocka_unit_test(calls_before_the_end_are_answered),
                cmocka_unit_test(access_is_asked_for_every_call),
                cmocka_unit_test(interfaces_are_checked),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
