/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test-varlink.h"

#include "varlink/message.h"

static const struct varlink_json_limits limits = {.depth = 8, .values = 20};

static int parse(const char *text, struct varlink_message *ret)
{
        return varlink_message_parse(ret, text, strlen(text), &limits);
}

static void a_whole_call(void **state)
{
        _cleanup_(varlink_message_deinit) struct varlink_message m = {};

        assert_int_equal(parse("{\"method\":\"a.b.C\",\"parameters\":{\"i\":1},\"more\":true}", &m),
                         0);
        assert_string_equal(m.method, "a.b.C");
        assert_int_equal(json_integer_value(json_object_get(m.parameters, "i")), 1);
        assert_true(m.more);
        assert_false(m.oneway);
        assert_false(m.upgrade);
}

static void parameters_may_be_missing_or_null(void **state)
{
        static const char *const texts[] = {
                "{\"method\":\"a.b.C\"}",
                "{\"method\":\"a.b.C\",\"parameters\":null,\"more\":null,\"oneway\":false}",
        };

        for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
                _cleanup_(varlink_message_deinit) struct varlink_message m = {};
                assert_int_equal(parse(texts[i], &m), 0);
                assert_int_equal(json_object_size(m.parameters), 0);
                assert_false(m.more);
        }
}

static void what_is_no_call(void **state)
{
        static const char *const texts[] = {
                "",
                " ",
                "null",
                "[]",
                "\"method\"",
                "{",
                "{}",
                "{\"method\":1}",
                "{\"method\":\"a.b.C\"} x",
                "{\"method\":\"a.b.C\",\"method\":\"a.b.C\"}",
                "{\"method\":\"a.b.C\",\"surplus\":1}",
                "{\"method\":\"a.b.C\",\"parameters\":[]}",
                "{\"method\":\"a.b.C\",\"parameters\":1}",
                "{\"method\":\"a.b.C\",\"more\":1}",
                "{\"method\":\"a.b.C\",\"oneway\":\"true\"}",
                "{\"method\":\"a.b.C\",\"more\":true,\"oneway\":true}",
                "{\"method\":\"a.b.\xff\"}",
                "{\"method\":\"a.b.\xc0\xaf\"}",
                "{\"method\":\"a.b.\\u0000C\"}",
                "{\"method\":\"a.b.C\",\"parameters\":{\"i\":9223372036854775808}}",
        };

        for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
                struct varlink_message m = {};
                if (parse(texts[i], &m) != -EBADMSG)
                        fail_msg("accepted: %s", texts[i]);
        }
}

static void depth_is_limited(void **state)
{
        _cleanup_(varlink_message_deinit) struct varlink_message m = {};

        /* Eight levels with the message itself; brackets in strings do not count. */
        assert_int_equal(parse("{\"method\":\"[[[[[[[[[[\\\"[[\",\"parameters\":"
                               "{\"a\":[[[[[[]]]]]],\"b\":[]}}",
                               &m),
                         0);
        varlink_message_deinit(&m);
        assert_int_equal(parse("{\"method\":\"a.b.C\",\"parameters\":{\"a\":[[[[[[[]]]]]]]}}", &m),
                         -EBADMSG);
}

static void values_are_limited(void **state)
{
        _cleanup_(varlink_message_deinit) struct varlink_message m = {};

        /* The two members, one in the parameters, and 17 in the array; commas in strings do not
         * count. */
        assert_int_equal(parse("{\"method\":\",,,,,,,,,,,,,,,,,,,,,,\",\"parameters\":"
                               "{\"a\":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]}}",
                               &m),
                         0);
        varlink_message_deinit(&m);
        assert_int_equal(parse("{\"method\":\"a.b.C\",\"parameters\":"
                               "{\"a\":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18]}}",
                               &m),
                         -EBADMSG);
}

static void large_integers_survive(void **state)
{
        _cleanup_(varlink_message_deinit) struct varlink_message m = {};
        _cleanup_(varlink_buffer_deinit) struct varlink_buffer b = {};

        assert_int_equal(parse("{\"method\":\"a.b.C\",\"parameters\":{\"i\":9007199254740993,"
                               "\"j\":9223372036854775807,\"k\":-9223372036854775808}}",
                               &m),
                         0);
        assert_int_equal(varlink_message_append(&b, m.parameters, 1000), 0);
        assert_string_equal(varlink_buffer_bytes(&b),
                            "{\"i\":9007199254740993,\"j\":9223372036854775807,"
                            "\"k\":-9223372036854775808}");
        assert_int_equal(varlink_buffer_size(&b), strlen(varlink_buffer_bytes(&b)) + 1);
}

static void append_keeps_to_its_limit(void **state)
{
        _cleanup_(varlink_buffer_deinit) struct varlink_buffer b = {};
        json_auto_t *object = json_pack("{s:i}", "a", 1); /* 7 bytes and NUL */

        assert_int_equal(varlink_message_append(&b, object, 7), -EMSGSIZE);
        assert_int_equal(varlink_buffer_size(&b), 0);
        assert_int_equal(varlink_message_append(&b, object, 8), 0);
        assert_int_equal(varlink_buffer_size(&b), 8);
        varlink_buffer_consume(&b, 8);
        assert_null(b.data);
}

static void buffer_is_a_queue(void **state)
{
        _cleanup_(varlink_buffer_deinit) struct varlink_buffer b = {};
        unsigned char in = 0, out = 0;

        /* Grows and moves in every way there is. */
        for (unsigned i = 0; i < 1000; i++) {
                unsigned char chunk[97];
                for (size_t j = 0; j < sizeof(chunk); j++)
                        chunk[j] = in++;
                assert_int_equal(varlink_buffer_append(&b, chunk, sizeof(chunk)), 0);
                for (size_t n = MIN(varlink_buffer_size(&b), (size_t)(i % 190)); n > 0; n--) {
                        assert_int_equal((unsigned char)*varlink_buffer_bytes(&b), out++);
                        varlink_buffer_consume(&b, 1);
                }
        }
}

static int parse_reply(const char *text, json_t **parameters, char **error, bool *continues)
{
        return varlink_message_parse_reply(text, strlen(text), &limits, parameters, error,
                                           continues);
}

static void replies(void **state)
{
        json_auto_t *parameters = NULL;
        _cleanup_free_ char *error = NULL;
        bool continues;

        assert_int_equal(parse_reply("{}", &parameters, &error, &continues), 0);
        assert_true(json_is_object(parameters));
        assert_null(error);
        assert_false(continues);
        json_decref(TAKE_PTR(parameters));
        assert_int_equal(parse_reply("{\"error\":\"a.b.E\",\"parameters\":{\"x\":1}}", &parameters,
                                     &error, &continues),
                         0);
        assert_string_equal(error, "a.b.E");
        assert_int_equal(json_object_size(parameters), 1);
        free(TAKE_PTR(error));
        json_decref(TAKE_PTR(parameters));
        assert_int_equal(parse_reply("{\"continues\":true}", &parameters, &error, &continues), 0);
        assert_true(continues);
}

static void what_is_no_reply(void **state)
{
        static const char *const texts[] = {
                "",
                "[]",
                "{\"parameters\":[]}",
                "{\"continues\":1}",
                "{\"error\":{}}",
                "{\"surplus\":1}",
                "{\"error\":\"a.b.E\",\"continues\":true}",
        };

        for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
                json_t *parameters;
                char *error;
                bool continues;
                if (parse_reply(texts[i], &parameters, &error, &continues) != -EBADMSG)
                        fail_msg("accepted: %s", texts[i]);
        }
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_whole_call),
                cmocka_unit_test(parameters_may_be_missing_or_null),
                cmocka_unit_test(what_is_no_call),
                cmocka_unit_test(depth_is_limited),
                cmocka_unit_test(values_are_limited),
                cmocka_unit_test(large_integers_survive),
                cmocka_unit_test(append_keeps_to_its_limit),
                cmocka_unit_test(buffer_is_a_queue),
                cmocka_unit_test(replies),
                cmocka_unit_test(what_is_no_reply),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
