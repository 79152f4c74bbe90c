/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "symbolize/answer.h"

#include <string.h>

#include "test-netns.h"
#include "util/text.h"

#define MESSAGE(s) (s), sizeof(s) - 1

static void free_names(char *names[], size_t n)
{
        for (size_t i = 0; i < n; i++) {
                free(names[i]);
                names[i] = NULL;
        }
}

static void test_names(void **state)
{
        const char *const sent[] = {"main.creator", NULL, "runtime.goexit"};
        char *names[3], *room = malloc(ANSWER_SIZE_MAX);

        assert_non_null(room);
        size_t size = answer_put_names(room, sent, 3);
        assert_int_equal(size, strlen("main.creator") + strlen("runtime.goexit") + 3);
        assert_int_equal(answer_parse_names(room, size, 3, names), 0);
        assert_string_equal(names[0], "main.creator");
        assert_null(names[1]);
        assert_string_equal(names[2], "runtime.goexit");
        free_names(names, 3);
        /* One name more or less, or a byte. */
        assert_int_equal(answer_parse_names(room, size, 2, names), -EBADMSG);
        for (size_t n = 0; n < size; n++) {
                assert_int_equal(answer_parse_names(room, n, 3, names), -EBADMSG);
                assert_true(!names[0] && !names[1] && !names[2]);
        }
        free(room);
}

static void test_hostile_names(void **state)
{
        char *names[1], *room = malloc(ANSWER_SIZE_MAX);

        assert_non_null(room);
        assert_int_equal(answer_parse_names(MESSAGE("\x1b[2Jx\xff\0"), 1, names), 0);
        assert_string_equal(names[0], "\\x1b[2Jx\\xff");
        free_names(names, 1);
        /* The longest, and one byte more. */
        memset(room, 'a', ANSWER_SIZE_MAX);
        room[ANSWER_NAME_MAX] = room[ANSWER_NAME_MAX + 1] = '\0';
        assert_int_equal(answer_parse_names(room, ANSWER_NAME_MAX + 1, 1, names), 0);
        assert_int_equal(strlen(names[0]), TEXT_NAME_MAX);
        assert_true(text_is_shortened(names[0]));
        free_names(names, 1);
        room[ANSWER_NAME_MAX] = 'a';
        assert_int_equal(answer_parse_names(room, ANSWER_NAME_MAX + 2, 1, names), -EBADMSG);
        /* Our own child cuts it. */
        const char *const sent[] = {room};
        assert_int_equal(answer_put_names(room + 4096, sent, 1), ANSWER_NAME_MAX + 1);
        free(room);
}

static void test_all_are_full(void **state)
{
        char *room = malloc(ANSWER_SIZE_MAX), *names[ANSWER_OFFSETS_MAX], name[ANSWER_NAME_MAX + 1];
        const char *sent[ANSWER_OFFSETS_MAX];

        assert_non_null(room);
        memset(name, 'b', ANSWER_NAME_MAX);
        name[ANSWER_NAME_MAX] = '\0';
        for (size_t i = 0; i < ARRAY_SIZE(sent); i++)
                sent[i] = name;
        assert_int_equal(answer_put_names(room, sent, ARRAY_SIZE(sent)), ANSWER_SIZE_MAX);
        assert_int_equal(answer_parse_names(room, ANSWER_SIZE_MAX, ARRAY_SIZE(names), names), 0);
        free_names(names, ARRAY_SIZE(names));
        free(room);
}

static void test_identity(void **state)
{
        struct file_identity id = {.n = 3, .build_id = {0x0e, 0x38, 0xff}};
        char text[ANSWER_BUILD_ID_TEXT];

        assert_int_equal(answer_parse_identity(&id, sizeof(id), text), 0);
        assert_string_equal(text, "0e38ff");
        id.n = 0;
        assert_int_equal(answer_parse_identity(&id, sizeof(id), text), 0);
        assert_string_equal(text, "");
        id.n = ANSWER_BUILD_ID_MAX;
        assert_int_equal(answer_parse_identity(&id, sizeof(id), text), 0);
        assert_int_equal(strlen(text), 2 * ANSWER_BUILD_ID_MAX);
        id.n++;
        assert_int_equal(answer_parse_identity(&id, sizeof(id), text), -EBADMSG);
        assert_int_equal(answer_parse_identity(&id, sizeof(id) - 1, text), -EBADMSG);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_names),
                cmocka_unit_test(test_hostile_names),
                cmocka_unit_test(test_all_are_full),
                cmocka_unit_test(test_identity),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
