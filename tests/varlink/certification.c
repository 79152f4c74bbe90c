/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* org.varlink.certification, served by src/varlink at the socket in argv[1].
 *
 * The clients that come here check next to nothing of what they get, so this side does: every call
 * must be the next one in order, with exactly the parameters and flags it should have. What came in
 * goes to stdout, one JSON object a line with "expected": true or false. */

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "config.h"
#include "varlink/server.h"

#define INTERFACE "org.varlink.certification"
#define CLIENT_ID "b6f1a8"

static const char description[] =
        "interface " INTERFACE "\n"
        "type Interface (foo: ?[]?[string](foo, bar, baz), anon: (foo: bool, bar: bool))\n"
        "type MyType (\n"
        "  object: object,\n"
        "  enum: (one, two, three),\n"
        "  struct: (first: int, second: string),\n"
        "  array: []string,\n"
        "  dictionary: [string]string,\n"
        "  stringset: [string](),\n"
        "  nullable: ?string,\n"
        "  nullable_array_struct: ?[](first: int, second: string),\n"
        "  interface: Interface\n"
        ")\n"
        "type Basic (bool: bool, int: int, float: float, string: string)\n"
        "method Start() -> (client_id: string)\n"
        "method Test01(client_id: string) -> (bool: bool)\n"
        "method Test02(client_id: string, bool: bool) -> (int: int)\n"
        "method Test03(client_id: string, int: int) -> (float: float)\n"
        "method Test04(client_id: string, float: float) -> (string: string)\n"
        "method Test05(client_id: string, string: string)\n"
        "  -> (bool: bool, int: int, float: float, string: string)\n"
        "method Test06(client_id: string, bool: bool, int: int, float: float, string: string)\n"
        "  -> (struct: Basic)\n"
        "method Test07(client_id: string, struct: Basic) -> (map: [string]string)\n"
        "method Test08(client_id: string, map: [string]string) -> (set: [string]())\n"
        "method Test09(client_id: string, set: [string]()) -> (mytype: MyType)\n"
        "method Test10(client_id: string, mytype: MyType) -> (string: string)\n"
        "method Test11(client_id: string, last_more_replies: []string) -> ()\n"
        "method End(client_id: string) -> (all_ok: bool)\n"
        "error ClientIdError ()\n"
        "error CertificationError (wants: object, got: object)\n";

#define BASIC "\"bool\":false,\"int\":2,\"float\":3.141592653589793,\"string\":\"a lot of string\""
#define MAP   "\"map\":{\"foo\":\"Foo\",\"bar\":\"Bar\"}"
#define SET   "{\"one\":{},\"two\":{},\"three\":{}}"
#define MYTYPE                                                                                     \
        "\"mytype\":{\"object\":{\"method\":\"" INTERFACE ".Test09\",\"parameters\":{" MAP "}},"   \
        "\"enum\":\"two\",\"struct\":{\"first\":1,\"second\":\"2\"},"                              \
        "\"array\":[\"one\",\"two\",\"three\"],\"dictionary\":{\"foo\":\"Foo\",\"bar\":\"Bar\"},"  \
        "\"stringset\":" SET ",\"nullable\":null,\"nullable_array_struct\":null,"                  \
        "\"interface\":{\"foo\":[null,{\"foo\":\"foo\",\"bar\":\"bar\"},null,"                     \
        "{\"one\":\"foo\",\"two\":\"bar\"}],\"anon\":{\"foo\":true,\"bar\":false}}}"
#define NTH(n) "\"Reply number " #n "\""

enum { N_MORE = 10 };

/* What is called, in this order; @wants without the client_id that all but the first have. */
static const struct step {
        const char *method;
        const char *wants;
        const char *reply; /* NULL: Test10 */
        bool more;
        bool oneway;
} steps[] = {
        {"Start", "{}", "{\"client_id\":\"" CLIENT_ID "\"}"},
        {"Test01", "{}", "{\"bool\":true}"},
        {"Test02", "{\"bool\":true}", "{\"int\":1}"},
        {"Test03", "{\"int\":1}", "{\"float\":1.0}"},
        {"Test04", "{\"float\":1.0}", "{\"string\":\"ping\"}"},
        {"Test05", "{\"string\":\"ping\"}", "{" BASIC "}"},
        {"Test06", "{" BASIC "}", "{\"struct\":{" BASIC "}}"},
        {"Test07", "{\"struct\":{" BASIC "}}", "{" MAP "}"},
        {"Test08", "{" MAP "}", "{\"set\":" SET "}"},
        {"Test09", "{\"set\":" SET "}", "{" MYTYPE "}"},
        {"Test10", "{" MYTYPE "}", NULL, .more = true},
        {"Test11",
         "{\"last_more_replies\":[" NTH(1) "," NTH(2) "," NTH(3) "," NTH(4) "," NTH(5) "," NTH(
                 6) "," NTH(7) "," NTH(8) "," NTH(9) "," NTH(10) "]}",
         "{}", .oneway = true},
        {"End", "{}", "{\"all_ok\":true}"},
};

struct session {
        size_t step;
        unsigned n_more;
};

static bool same(json_t *wants, json_t *got);

/* An absent member and null are the same. */
static bool same_members(json_t *wants, json_t *got)
{
        const char *key;
        json_t *value;

        json_object_foreach(wants, key, value)
                if (!same(value, json_object_get(got, key)))
                        return false;
        json_object_foreach(got, key, value)
                if (!json_object_get(wants, key) && !json_is_null(value))
                        return false;
        return true;
}

static bool same(json_t *wants, json_t *got)
{
        size_t i;
        json_t *value;

        if (json_is_null(wants) || !got)
                return json_is_null(wants) && (!got || json_is_null(got));
        /* JSON does not tell 1.0 from 1; Go writes the latter. */
        if (json_is_real(wants))
                return json_is_number(got) && json_number_value(wants) == json_number_value(got);
        if (json_is_object(wants))
                return json_is_object(got) && same_members(wants, got);
        if (!json_is_array(wants))
                return json_equal(wants, got);
        if (!json_is_array(got) || json_array_size(wants) != json_array_size(got))
                return false;
        json_array_foreach(wants, i, value)
                if (!same(value, json_array_get(got, i)))
                        return false;
        return true;
}

static bool is_expected(const struct step *step, struct varlink_call *call, json_t *wants,
                        json_t *got)
{
        return strcmp(strrchr(varlink_call_method(call), '.') + 1, step->method) == 0 &&
               varlink_call_wants_more(call) == step->more &&
               varlink_call_is_oneway(call) == step->oneway && same(wants, got);
}

static int next_reply(struct varlink_call *call, void *userdata)
{
        struct session *session = userdata;
        char text[32];

        snprintf(text, sizeof(text), "Reply number %u", ++session->n_more);
        json_t *reply = json_pack("{s:s}", "string", text);
        return session->n_more < N_MORE ? varlink_call_reply_continues(call, reply)
                                        : varlink_call_reply(call, reply);
}

static int run(struct varlink_call *call, json_t *parameters, void *userdata)
{
        struct session *session = userdata;

        if (strcmp(varlink_call_method(call), INTERFACE ".Start") == 0)
                *session = (struct session){};
        const struct step *step = &steps[session->step];
        json_auto_t *wants = json_loads(step->wants, 0, NULL);
        if (session->step > 0)
                json_object_set_new(wants, "client_id", json_string(CLIENT_ID));
        bool expected = is_expected(step, call, wants, parameters);

        json_auto_t *line =
                json_pack("{s:s, s:O, s:b, s:b, s:b}", "method", varlink_call_method(call),
                          "parameters", parameters, "more", varlink_call_wants_more(call), "oneway",
                          varlink_call_is_oneway(call), "expected", expected);
        json_dumpf(line, stdout, JSON_COMPACT);
        puts("");
        fflush(stdout);

        if (!expected)
                return varlink_call_error(
                        call, INTERFACE ".CertificationError",
                        json_pack("{s:O, s:O}", "wants", wants, "got", parameters));
        session->step = (session->step + 1) % ARRAY_SIZE(steps);
        if (!step->reply)
                return varlink_call_stream(call, next_reply, session, NULL);
        return varlink_call_reply(call, json_loads(step->reply, 0, NULL));
}

int main(int argc, char **argv)
{
        static const struct varlink_service service = {
                .vendor = "nsorphand",
                .product = "certification",
                .version = NSORPHAND_VERSION,
                .url = "https://varlink.org",
        };
        struct varlink_method methods[ARRAY_SIZE(steps) + 1] = {};
        struct session session = {};
        struct varlink_server *server;
        sd_event *event;
        struct error error = {.text = "Out of memory"};

        for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
                methods[i] = (struct varlink_method){steps[i].method, run};
        if (argc != 2)
                return 2;
        if (sd_event_default(&event) < 0 ||
            varlink_server_new(&server, event, &service, NULL) < 0 ||
            varlink_server_add_interface(server, description, methods, &session, &error) < 0 ||
            varlink_server_listen(server, argv[1], 0600, (gid_t)-1, &error) < 0) {
                fprintf(stderr, "%s\n", error.text);
                return 1;
        }
        return sd_event_loop(event) < 0;
}
