/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test-varlink.h"

#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

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

static int echo(struct varlink_call *call, json_t *parameters, void *userdata)
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

static int count_next(struct varlink_call *call, void *userdata)
{
        struct counter *counter = userdata;
        json_int_t i = ++counter->i;

        if (i > counter->to)
                return varlink_call_error(call, "org.example.test.Odd", json_pack("{s:I}", "n", i));
        json_t *reply = json_pack("{s:I}", "i", i);
        return i == counter->to ? varlink_call_reply(call, reply)
                                : varlink_call_reply_continues(call, reply);
}

static void count_release(void *userdata)
{
        struct counter *counter = userdata;

        counter->fixture->n_released++;
        free(counter);
}

static int count(struct varlink_call *call, json_t *parameters, void *userdata)
{
        struct counter *counter = calloc(1, sizeof(*counter));

        assert_non_null(counter);
        counter->fixture = userdata;
        counter->to = json_integer_value(json_object_get(parameters, "to"));
        return varlink_call_stream(call, count_next, counter, count_release);
}

static void on_gone(struct varlink_call *call, void *userdata)
{
        struct fixture *f = userdata;

        assert_true(varlink_call_is_gone(call));
        assert_ptr_equal(call, f->held);
        f->n_gone++;
        f->held = varlink_call_unref(f->held);
}

static int hold(struct varlink_call *call, json_t *parameters, void *userdata)
{
        struct fixture *f = userdata;

        assert_null(f->held);
        f->held = varlink_call_ref(call);
        varlink_call_on_gone(call, on_gone, f);
        return 0;
}

static int root(struct varlink_call *call, json_t *parameters, void *userdata)
{
        return varlink_call_reply(call, json_object());
}

static int drop(struct varlink_call *call, json_t *parameters, void *userdata)
{
        return 0;
}

static int failing(struct varlink_call *call, json_t *parameters, void *userdata)
{
        return -ENOMEM;
}

static int twice(struct varlink_call *call, json_t *parameters, void *userdata)
{
        int r = varlink_call_reply(call, json_object());
        assert_int_equal(varlink_call_reply(call, json_object()), -EALREADY);
        assert_int_equal(varlink_call_error(call, "a.b.C", NULL), -ENOMEM);
        return r;
}

/* Sends more than anyone reads, all at once. With a bound it keeps the call, without it goes on
 * until that is impossible. */
static int flood(struct varlink_call *call, json_t *parameters, void *userdata)
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

static int access_policy(const struct varlink_peer *peer, const char *method, void *userdata)
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

static void start(struct fixture *f, const struct varlink_limits *limits)
{
        struct error error = {};

        *f = (struct fixture){};
        assert_true(sd_event_new(&f->event) >= 0);
        assert_int_equal(varlink_server_new(&f->server, f->event, &service, limits), 0);
        assert_int_equal(varlink_server_add_interface(f->server, description, methods, f, &error),
                         0);
        varlink_server_set_access(f->server, access_policy, f);
}

static void stop(struct fixture *f)
{
        varlink_server_free(f->server);
        varlink_call_unref(f->held);
        while (f->n_flooded > 0)
                varlink_call_unref(f->flooded[--f->n_flooded]);
        sd_event_unref(f->event);
}

static int dial(struct fixture *f)
{
        int fds[2];

        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
        assert_int_equal(varlink_server_add_connection(f->server, fds[0]), 0);
        return fds[1];
}

/* Lets the loop run until nothing has happened for @msec. */
static void settle_for(struct fixture *f, unsigned msec)
{
        while (sd_event_run(f->event, msec * USEC_PER_MSEC) > 0)
                ;
}

static void settle(struct fixture *f)
{
        settle_for(f, 0);
}

/* @n bytes with ' for ", a NUL behind. */
static void send_text(int fd, const char *text)
{
        _cleanup_free_ char *copy = strdup(text);

        for (char *p = copy; *p; p++)
                if (*p == '\'')
                        *p = '"';
        assert_int_equal(send(fd, copy, strlen(copy) + 1, MSG_NOSIGNAL), (ssize_t)strlen(copy) + 1);
}

/* All that has come, " as ', NUL as |, the end as $. */
static const char *received(int fd, char buffer[static 8192])
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
static void expect(struct fixture *f, const char *text, const char *reply)
{
        char buffer[8192];
        _cleanup_close_ int fd = dial(f);

        send_text(fd, text);
        settle(f);
        assert_string_equal(received(fd, buffer), reply);
}

#define ERROR(name) "{'error':'org.varlink.service." name "','parameters':"

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

static void connections_are_limited(void **state)
{
        struct fixture f;

        for (unsigned per_uid = 0; per_uid <= 1; per_uid++) {
                struct varlink_limits limits = VARLINK_LIMITS_DEFAULT;
                int fds[2], first, second;
                if (per_uid)
                        limits.connections_per_uid = 2;
                else
                        limits.connections = 2;
                start(&f, &limits);
                first = dial(&f);
                second = dial(&f);
                assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
                assert_int_equal(varlink_server_add_connection(f.server, fds[0]), -EUSERS);
                assert_int_equal(recv(fds[1], &(char){0}, 1, 0), 0);
                fd_close(fds[1]);
                fd_close(first);
                settle(&f);
                expect(&f, "{'method':'org.example.test.Root'}", "{'parameters':{}}|");
                fd_close(second);
                stop(&f);
        }
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

/* A client who can't be accepted is not asked about again and again. */
static void no_fd_left_to_accept_with(void **state)
{
        struct fixture f;
        struct error error = {};
        struct rlimit old, none;
        char directory[] = "/tmp/nsorphand-server-XXXXXX", text[8192];
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        unsigned turns = 0;

        start(&f, NULL);
        assert_non_null(mkdtemp(directory));
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
        char text[8192];
        send_text(other, "{'method':'org.example.test.Root'}");
        settle(&f);
        assert_string_equal(received(other, text), "{'parameters':{}}|");
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
        char text[8192];

        limits.unsent = 1 << 20;
        limits.unsent_all = 3 << 20;
        start(&f, &limits);
        _cleanup_close_ int good = dial(&f);
        for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
                fds[i] = dial(&f);
                f.flood_most = 900000 - i * 1000;
                send_text(fds[i], "{'method':'org.example.test.Flood','more':true}");
                settle(&f);
                send_text(good, "{'method':'org.example.test.Root'}");
                settle(&f);
                assert_string_equal(received(good, text), "{'parameters':{}}|");
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
        send_text(other, "{'method':'org.example.test.Root'}");
        settle(&f);
        assert_string_equal(received(other, text), "{'parameters':{}}|");
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
                cmocka_unit_test(message_size_is_limited),
                cmocka_unit_test(default_message_size),
                cmocka_unit_test(depth_is_limited),
                cmocka_unit_test(values_are_limited),
                cmocka_unit_test(connections_are_limited),
                cmocka_unit_test(connections_leave_fds_to_the_program),
                cmocka_unit_test(no_fd_left_to_accept_with),
                cmocka_unit_test(slow_reader_is_cut_off),
                cmocka_unit_test(slow_readers_share_a_limit),
                cmocka_unit_test(stream_waits_for_its_reader),
                cmocka_unit_test(pipeline_without_end),
                cmocka_unit_test(half_message_has_a_time_limit),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
