/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>

#include <cmocka.h>

#include "report/message-text.h"
#include "report/message.h"
#include "test-birth.h"

static struct process in_unit = {
        .pid = 3530, .comm = (char *)"docker-proxy", .unit = (char *)"docker.service"};
static struct process alone = {.pid = 3530, .comm = (char *)"docker-proxy"};

static struct report leak(void)
{
        return (struct report){
                .kind = LEDGER_CHANGE_LEAKED,
                .sequence = 17,
                .netns = {4026532177, 4102, {}},
                .since_usec = 1,
                .age_usec = 121 * USEC_PER_SEC + 345678,
                .n_holders = 1,
                .holder = {.kind = HOLDER_SOCKET,
                           .pid = 3530,
                           .tid = 3530,
                           .fd = 3,
                           .process = &in_unit,
                           .socket_inode = 8628,
                           .family = AF_NETLINK,
                           .type = SOCK_RAW,
                           .protocol = 0},
        };
}

static void check_text(const struct report *r, const char *expected)
{
        _cleanup_free_ char *text = message_text(r);
        assert_string_equal(text, expected);
}

static void test_sentences(void **state)
{
        struct report r = leak();

        check_text(&r, "Network namespace net:[4026532177] has leaked: orphaned for 2min 1s, held "
                       "by docker-proxy (pid 3530, docker.service) through its netlink/route "
                       "socket, fd 3");
        r.n_holders = 3;
        r.partial_reason = (char[]){"1 process cannot be read (pid 1)"};
        r.holder.process = &alone;
        r.holder.tid = 3531;
        check_text(&r, "Network namespace net:[4026532177] has leaked: orphaned for 2min 1s, held "
                       "by docker-proxy (pid 3530) through its netlink/route socket, fd 3 of "
                       "thread 3531, and 2 more holders (partial view: 1 process cannot be read "
                       "(pid 1))");
        r = leak();
        r.kind = LEDGER_CHANGE_HOLDER_CHANGED;
        r.former = (struct holder){.kind = HOLDER_SOCKET, .pid = 7, .process = &alone};
        check_text(
                &r,
                "Network namespace net:[4026532177] is still leaked, now held by docker-proxy (pid "
                "3530, docker.service) through its netlink/route socket, fd 3; docker-proxy "
                "(pid 7) holds it no more");
        r = leak();
        r.kind = LEDGER_CHANGE_RESOLVED;
        r.ending = LEDGER_ENDING_ATTACHED;
        r.age_usec = 10;
        check_text(&r, "Leaked network namespace net:[4026532177] is resolved after less than 1s: "
                       "a task is in it again; it was held by docker-proxy (pid 3530, "
                       "docker.service)");
        r = (struct report){.kind = LEDGER_CHANGE_SCAN_FAILED, .detail = (char[]){"no fds left"}};
        check_text(&r, "A scan for orphaned network namespaces has failed, what was known stays as "
                       "it was: no fds left");
}

/* Of @n that one process holds, with @all that it holds. */
static struct report leaks(struct netns_identity *more, uint64_t n, uint64_t all)
{
        struct report r = leak();

        for (uint64_t i = 0; i + 1 < MIN(n, (uint64_t)REPORT_LISTED_MAX); i++)
                more[r.n_more++] = (struct netns_identity){4026532178 + i, 4103 + i, {}};
        r.more = more;
        r.n_leaks = n;
        r.n_leaks_all = all;
        r.holder.fd = -1;
        r.holder.socket_inode = 0;
        return r;
}

static void test_sentences_of_several(void **state)
{
        struct netns_identity more[REPORT_LISTED_MAX];
        struct report r = leaks(more, 2, 2);

        check_text(&r, "2 network namespaces have leaked: docker-proxy (pid 3530, docker.service) "
                       "holds them, the oldest orphaned for 2min 1s: net:[4026532177], "
                       "net:[4026532178]");
        r = leaks(more, 70, 75);
        r.n_leaks_shared = 1;
        r.partial_reason = (char[]){"1 process cannot be read (pid 1)"};
        check_text(&r,
                   "70 more network namespaces have leaked, 75 in all: docker-proxy (pid 3530, "
                   "docker.service) holds them, the oldest orphaned for 2min 1s: "
                   "net:[4026532177], net:[4026532178], net:[4026532179], net:[4026532180], "
                   "net:[4026532181], net:[4026532182], net:[4026532183], net:[4026532184], "
                   "net:[4026532185], net:[4026532186] and 60 more; 1 of them has other holders, "
                   "too (partial view: 1 process cannot be read (pid 1))");
        r = leaks(more, 2, 2);
        r.kind = LEDGER_CHANGE_REMINDER;
        check_text(&r, "2 network namespaces are still leaked: docker-proxy (pid 3530, "
                       "docker.service) holds them, the oldest orphaned for 2min 1s: "
                       "net:[4026532177], net:[4026532178]");
        /* One more. */
        r = leak();
        r.n_leaks_all = 76;
        check_text(&r, "Network namespace net:[4026532177] has leaked: orphaned for 2min 1s, held "
                       "by docker-proxy (pid 3530, docker.service) through its netlink/route "
                       "socket, fd 3; that process holds 76 leaked namespaces in all");
}

/* A leak whose socket "dockerd" opened, 3 days and 4 hours and 5 minutes ago. */
static struct report born(void)
{
        struct report r = leak();

        r.holder.birth = test_birth();
        r.time.boottime_usec = 500 * USEC_PER_SEC + UINT64_C(273900) * USEC_PER_SEC + 7;
        return r;
}

static void test_who_opened_it(void **state)
{
        struct report r = born();
        struct netns_identity more[REPORT_LISTED_MAX];

        check_text(&r, "Network namespace net:[4026532177] has leaked: orphaned for 2min 1s, held "
                       "by docker-proxy (pid 3530, docker.service) through its netlink/route "
                       "socket, fd 3; the socket was opened 3d 4h ago by dockerd (pid 812, "
                       "docker.service), thread 'creator', in nl.getNetlinkSocket ← "
                       "netlink.NewHandle ← main.creator");
        test_frame(r.holder.birth, "main.main", "/usr/bin/dockerd", 1, "");
        test_frame(r.holder.birth, "main.init", "/usr/bin/dockerd", 1, "");
        r.holder.birth->pid = 3530;
        r.holder.birth->accepted = true;
        r.holder.birth->opened_boot_usec = 0;
        r.holder.kind = HOLDER_TUN;
        r.interfaces = (char[]){"tun0"};
        check_text(&r,
                   "Network namespace net:[4026532177] has leaked: orphaned for 2min 1s, held "
                   "by docker-proxy (pid 3530, docker.service) through an open /dev/net/tun, fd "
                   "3; the tun was accepted by that process itself, thread 'creator', in "
                   "nl.getNetlinkSocket ← netlink.NewHandle ← main.creator ← …; inside: tun0");
        birth_unref(r.holder.birth);
        r = leaks(more, 2, 2);
        r.holder.birth = test_birth();
        r.holder.birth->opened_boot_usec = 0;
        r.holder.birth->n_frames = 0;
        check_text(&r, "2 network namespaces have leaked: docker-proxy (pid 3530, docker.service) "
                       "holds them, the oldest orphaned for 2min 1s: net:[4026532177], "
                       "net:[4026532178]; they were opened by dockerd (pid 812, docker.service), "
                       "thread 'creator'");
        r.holder.birth->n_frames = 6;
        birth_unref(r.holder.birth);
}

/* A name of C++ has a thousand characters; and a process has any name. */
static void test_names_that_others_chose(void **state)
{
        struct report r = born();
        char name[1001];
        struct birth *b = r.holder.birth;

        memset(name, 'N', sizeof(name) - 1);
        name[sizeof(name) - 1] = '\0';
        for (size_t i = 0; i < b->n_frames; i++) {
                free(b->frames[i].function);
                b->frames[i].function = strdup(name);
        }
        free(b->comm);
        b->comm = NULL;
        free(b->unit);
        b->unit = NULL;
        b->pid = 0;
        _cleanup_free_ char *text = message_text(&r);
        assert_non_null(strstr(text, "ago by a process, thread 'creator', in NNN"));
        assert_true(strlen(text) < 600);
        birth_unref(b);
}

static void test_every_kind_has_a_sentence(void **state)
{
        for (enum holder_kind kind = HOLDER_TASK; kind < _HOLDER_KIND_MAX; kind++)
                for (enum ledger_change_kind change = 0; change < _LEDGER_CHANGE_MAX; change++) {
                        struct report r = leak();
                        if (!ledger_change_is_journalled(change))
                                continue;
                        r.kind = change;
                        r.holder.kind = kind;
                        _cleanup_free_ char *text = message_text(&r);
                        assert_non_null(text);
                        assert_true(strlen(text) > 20);
                        assert_null(strstr(text, "null"));
                        assert_int_equal(strlen(message_id(change)), 32);
                        assert_in_range(message_priority(change), LOG_ERR, LOG_NOTICE);
                }
}

static const char *field(const struct message *m, const char *name)
{
        const char *found = NULL;

        for (size_t i = 0; i < m->n; i++)
                if (strncmp(m->fields[i], name, strlen(name)) == 0 &&
                    m->fields[i][strlen(name)] == '=') {
                        assert_null(found); /* once */
                        found = m->fields[i] + strlen(name) + 1;
                }
        return found;
}

static unsigned count_fields(const struct message *m, const char *start)
{
        unsigned n = 0;

        for (size_t i = 0; i < m->n; i++)
                n += strncmp(m->fields[i], start, strlen(start)) == 0;
        return n;
}

static void test_fields(void **state)
{
        _cleanup_(message_deinit) struct message m = {};
        struct report r = leak();

        assert_int_equal(message_make(&m, &r, MESSAGE_OBJECT_ALIVE), 0);
        assert_string_equal(field(&m, "MESSAGE_ID"), message_id(LEDGER_CHANGE_LEAKED));
        assert_string_equal(field(&m, "PRIORITY"), "4");
        assert_string_equal(field(&m, "NETNS_INODE"), "4026532177");
        assert_string_equal(field(&m, "NETNS_COOKIE"), "4102");
        assert_string_equal(field(&m, "NETNS_VERDICT"), "orphaned");
        assert_string_equal(field(&m, "NETNS_AGE_USEC"), "121345678");
        assert_string_equal(field(&m, "NETNS_HOLDER_SOCKET_PROTOCOL"), "route");
        assert_string_equal(field(&m, "OBJECT_PID"), "3530");
        /* Absent facts are absent. */
        assert_null(field(&m, "OBJECT_SYSTEMD_UNIT"));
        assert_null(field(&m, "NETNS_HOLDER_TID"));
        assert_null(field(&m, "NETNS_ANONYMOUS"));
        assert_null(field(&m, "NETNS_PARTIAL"));
        assert_null(field(&m, "NETNS_ENDING"));
        assert_null(field(&m, "NETNS_FORMER_HOLDER_PID"));
}

static void test_fields_of_a_birth(void **state)
{
        _cleanup_(message_deinit) struct message m = {}, bare = {};
        struct report r = born();

        test_frame(r.holder.birth, NULL, "/usr/lib/libx.so.1", 0x1000, "00ff");
        assert_int_equal(message_make(&m, &r, MESSAGE_OBJECT_ALIVE), 0);
        assert_string_equal(field(&m, "NETNS_OPENER_PID"), "812");
        assert_string_equal(field(&m, "NETNS_OPENER_TID"), "815");
        assert_string_equal(field(&m, "NETNS_OPENER_COMM"), "dockerd");
        assert_string_equal(field(&m, "NETNS_OPENER_THREAD"), "creator");
        assert_string_equal(field(&m, "NETNS_OPENER_UNIT"), "docker.service");
        assert_string_equal(field(&m, "NETNS_OPENER_UID"), "0");
        assert_string_equal(field(&m, "NETNS_OPENED_USEC"), "1699740800000000");
        const char *stack = field(&m, "NETNS_OPENED_STACK");
        assert_non_null(strstr(stack, "\nmain.creator (/usr/bin/dockerd+0x5234)\n"));
        assert_non_null(strstr(stack, "\n/usr/lib/libx.so.1+0x1000 (build id 00ff)"));
        birth_unref(r.holder.birth);
        r.holder.birth = birth_new();
        r.holder.birth->uid = UID_UNKNOWN;
        assert_int_equal(message_make(&bare, &r, MESSAGE_OBJECT_ALIVE), 0);
        assert_int_equal(count_fields(&bare, "NETNS_OPEN"), 0);
        birth_unref(r.holder.birth);
}

static void test_gaps(void **state)
{
        _cleanup_(message_deinit) struct message m = {};
        const struct report r = {.kind = LEDGER_CHANGE_COVERAGE_DEGRADED,
                                 .detail = (char[]){"1 process cannot be read"},
                                 .gaps = (char[]){"process_unreadable fault"}};

        assert_int_equal(message_make(&m, &r, MESSAGE_OBJECT_GONE), 0);
        assert_string_equal(field(&m, "NETNS_GAPS"), "process_unreadable fault");
}

static void test_a_holder_that_is_gone(void **state)
{
        _cleanup_(message_deinit) struct message m = {};
        struct report r = leak();

        r.kind = LEDGER_CHANGE_RESOLVED;
        r.ending = LEDGER_ENDING_GONE;
        assert_int_equal(message_make(&m, &r, MESSAGE_OBJECT_GONE), 0);
        assert_null(field(&m, "OBJECT_PID"));
        assert_string_equal(field(&m, "OBJECT_SYSTEMD_UNIT"), "docker.service");
        assert_null(field(&m, "NETNS_VERDICT"));
        assert_string_equal(field(&m, "NETNS_ENDING"), "gone");
}

static void test_nameless(void **state)
{
        _cleanup_(message_deinit) struct message m = {};
        struct report r = leak();

        r.netns = (struct netns_identity){.nameless = {70, 8775, 411, HOLDER_SOCKET_MAPPING}};
        r.holder.kind = HOLDER_SOCKET_MAPPING;
        r.holder.fd = -1;
        assert_int_equal(message_make(&m, &r, MESSAGE_OBJECT_ALIVE), 0);
        assert_null(field(&m, "NETNS_INODE"));
        assert_null(field(&m, "NETNS_COOKIE"));
        assert_null(field(&m, "NETNS_HOLDER_FD"));
        assert_string_equal(field(&m, "NETNS_NAMELESS_KIND"), "socket_mapping");
        assert_string_equal(field(&m, "NETNS_NAMELESS_PID"), "411");
        assert_string_equal(field(&m, "NETNS_NAMELESS_FILE_INODE"), "8775");
        assert_string_equal(field(&m, "NETNS_NAME"), "net:[?411/8775]");
        assert_non_null(strstr(field(&m, "MESSAGE"), "socket that is mapped, its fd closed"));
}

static void test_fields_of_several(void **state)
{
        _cleanup_(message_deinit) struct message m = {}, one = {}, differing = {};
        struct netns_identity more[REPORT_LISTED_MAX];
        struct report r = leaks(more, 300, 310);

        assert_int_equal(message_make(&m, &r, MESSAGE_OBJECT_ALIVE), 0);
        assert_string_equal(field(&m, "MESSAGE_ID"), message_id(LEDGER_CHANGE_LEAKED));
        assert_string_equal(field(&m, "NETNS_LEAKS"), "300");
        assert_string_equal(field(&m, "NETNS_LEAKS_ALL"), "310");
        assert_null(field(&m, "NETNS_LEAKS_SHARED"));
        assert_string_equal(field(&m, "NETNS_HOLDER_PID"), "3530");
        assert_string_equal(field(&m, "NETNS_HOLDER_KIND"), "socket");
        assert_string_equal(field(&m, "OBJECT_PID"), "3530");
        assert_null(field(&m, "NETNS_HOLDER_FD"));
        assert_int_equal(count_fields(&m, "NETNS_NAME="), REPORT_LISTED_MAX);
        assert_int_equal(count_fields(&m, "NETNS_INODE="), REPORT_LISTED_MAX);
        assert_int_equal(count_fields(&m, "NETNS_COOKIE="), REPORT_LISTED_MAX);
        assert_int_equal(count_fields(&m, "NETNS_COOKIE=4229"), 1);
        /* journald takes no entry with more than 1024 of them. */
        assert_true(m.n < 1000);
        r.kinds_differ = true;
        assert_int_equal(message_make(&differing, &r, MESSAGE_OBJECT_ALIVE), 0);
        assert_null(field(&differing, "NETNS_HOLDER_KIND"));
        r = leak();
        r.n_leaks_all = 76;
        assert_int_equal(message_make(&one, &r, MESSAGE_OBJECT_ALIVE), 0);
        assert_string_equal(field(&one, "NETNS_LEAKS"), "1");
        assert_string_equal(field(&one, "NETNS_LEAKS_ALL"), "76");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_sentences),
                cmocka_unit_test(test_sentences_of_several),
                cmocka_unit_test(test_fields_of_several),
                cmocka_unit_test(test_who_opened_it),
                cmocka_unit_test(test_fields_of_a_birth),
                cmocka_unit_test(test_gaps),
                cmocka_unit_test(test_names_that_others_chose),
                cmocka_unit_test(test_every_kind_has_a_sentence),
                cmocka_unit_test(test_fields),
                cmocka_unit_test(test_a_holder_that_is_gone),
                cmocka_unit_test(test_nameless),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
