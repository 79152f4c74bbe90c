/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "nsorphanctl/decode-birth.h"
#include "report/json.h"
#include "test-birth.h"
#include "util/fair-share.h"
#include "util/text.h"

#define NONSENSE "nsorphand's answer was not understood: "

static int decode(const char *birth, struct birth **ret, struct error *error)
{
        char text[65536];

        (void)snprintf(text, sizeof(text), "{\"birth\":%s}", birth);
        json_auto_t *holder = json_loads(text, 0, NULL);
        assert_non_null(holder);
        return decode_birth(holder, ret, error);
}

static void assert_refused(const char *birth, const char *sentence)
{
        struct error error = {};
        struct birth *b;

        assert_int_equal(decode(birth, &b, &error), -EPROTO);
        assert_null(b);
        assert_string_equal(error.text, sentence);
}

/* What the daemon's writer writes is what comes out here, to a tick of the process's start. */
static void test_what_is_written_is_read(void **state)
{
        struct holder h = HOLDER_OF(3530, 3530, 3);
        struct birth *read;

        h.kind = HOLDER_SOCKET;
        h.birth = test_birth();
        h.birth->accepted = true;
        test_frame(h.birth, NULL, NULL, UINT64_MAX, "00112233445566778899aabbccddeeff00112233");
        json_auto_t *json = json_holder(&h);
        assert_non_null(json);
        assert_int_equal(decode_birth(json, &read, NULL), 0);
        /* An offset that is no address at all is left away. */
        h.birth->frames[6].offset = 0;
        assert_true(birth_same_place(h.birth, read));
        assert_int_equal(read->tid, h.birth->tid);
        assert_int_equal(read->opened_usec, h.birth->opened_usec);
        assert_true(read->accepted);
        birth_unref(read);
        birth_unref(h.birth);
}

static void test_what_is_missing(void **state)
{
        struct birth *b;
        struct error error = {};
        json_auto_t *holder = json_object();

        assert_int_equal(decode_birth(holder, &b, &error), 0);
        assert_null(b);
        assert_int_equal(decode("null", &b, &error), 0);
        assert_null(b);
        assert_int_equal(decode("{\"ofTomorrow\":1,\"frames\":[{}]}", &b, &error), 0);
        assert_int_equal(b->pid, 0);
        assert_int_equal(b->uid, UID_UNKNOWN);
        assert_int_equal(b->n_frames, 1);
        assert_null(b->frames[0].function);
        assert_string_equal(b->frames[0].build_id, "");
        birth_unref(b);
}

static void test_nonsense(void **state)
{
        char many[4096] = "{\"frames\":[{}";

        assert_refused("7", NONSENSE "\"birth\" must be an object");
        assert_refused("{\"pid\":-1}",
                       NONSENSE "\"pid\" of a birth must be a whole number from 0 to 2147483647");
        assert_refused("{\"thread\":\"\\u001b[2J\"}",
                       NONSENSE "\"thread\" of a birth must be a string of printable characters");
        assert_refused("{\"frames\":7}", NONSENSE "\"frames\" must be an array");
        assert_refused("{\"frames\":[7]}", NONSENSE "a frame must be an object");
        assert_refused("{\"frames\":[{\"function\":\"a\\nb\"}]}",
                       NONSENSE "\"function\" of a frame must be a string of printable characters");
        assert_refused("{\"frames\":[{},{\"buildId\":"
                       "\"00112233445566778899aabbccddeeff0011223344\"}]}",
                       NONSENSE "\"buildId\" of a frame is too long");
        for (unsigned i = 0; i < BIRTH_FRAMES_MAX; i++)
                strcat(many, ",{}");
        strcat(many, "]}");
        assert_refused(many, NONSENSE "\"frames\" has too many");
}

static void test_long_names(void **state)
{
        char text[8192], name[2001];
        struct birth *b;

        memset(name, 'N', sizeof(name) - 1);
        name[sizeof(name) - 1] = '\0';
        (void)snprintf(text, sizeof(text),
                       "{\"comm\":\"%s\",\"frames\":[{\"function\":\"%s\",\"file\":\"%s\"}]}", name,
                       name, name);
        assert_int_equal(decode(text, &b, NULL), 0);
        assert_int_equal(strlen(b->comm), TEXT_NAME_MAX);
        assert_int_equal(strlen(b->frames[0].function), TEXT_NAME_MAX);
        assert_int_equal(strlen(b->frames[0].file), TEXT_NAME_MAX);
        birth_unref(b);
}

static void test_trace(void **state)
{
        const struct census c = {.source = "bpf", .trace = {BIRTH_TRACE_FOREIGN, 5, 6}};
        struct census_trace read = {BIRTH_TRACE_YES, 1, 1};
        struct error error = {};
        json_auto_t *none = json_object(), *bad = json_pack("{s{ss}}", "trace", "sockets", "all");
        json_auto_t *json = json_scan(&c);

        assert_int_equal(decode_birth_trace(json, &read, &error), 0);
        assert_int_equal(read.which, BIRTH_TRACE_FOREIGN);
        assert_int_equal(read.since_usec, 5);
        assert_int_equal(read.refused, 6);
        assert_int_equal(decode_birth_trace(none, &read, &error), 0);
        assert_int_equal(read.which, BIRTH_TRACE_NO);
        assert_int_equal(decode_birth_trace(bad, &read, &error), -EPROTO);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_what_is_written_is_read),
                cmocka_unit_test(test_what_is_missing),
                cmocka_unit_test(test_nonsense),
                cmocka_unit_test(test_long_names),
                cmocka_unit_test(test_trace),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
