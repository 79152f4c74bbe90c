/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "symbolize/pclntab.h"

#include <string.h>

#include "test-netns.h"

/* A table of three functions, as Go's linker writes it. */
struct made {
        uint8_t bytes[1024];
        size_t n;
};

static void put(struct made *m, uint64_t number, size_t size)
{
        memcpy(m->bytes + m->n, &number, size);
        m->n += size;
}

static void put_header(struct made *m, uint32_t magic, size_t word)
{
        *m = (struct made){};
        put(m, magic, 4);
        put(m, 0, 2);
        put(m, 1, 1);
        put(m, word, 1);
}

static const char names[] = "\0main.creator\0main.main\0runtime.goexit";
static const uint64_t name_offsets[] = {1, 14, 24};

/* The functions begin at 0, 0x20 and 0x60, and end at 0x80. */
static const uint64_t starts[] = {0, 0x20, 0x60, 0x80};

/* The table of functions with their descriptions, and the names before or behind. @base is what
 * addresses are counted on from, @descriptions what offsets of descriptions are. */
static void put_functions(struct made *m, uint64_t base, size_t entry, size_t descriptions,
                          size_t names_base)
{
        size_t table = m->n, described = table + 7 * entry;

        for (size_t i = 0; i < 3; i++) {
                put(m, base + starts[i], entry);
                put(m, described + i * (entry + 4) - descriptions, entry);
        }
        put(m, base + starts[3], entry);
        for (size_t i = 0; i < 3; i++) {
                put(m, base + starts[i], entry);
                put(m, name_offsets[i] + names_base, 4);
        }
}

static void put_names(struct made *m)
{
        memcpy(m->bytes + m->n, names, sizeof(names));
        m->n += sizeof(names);
}

static void make_1_2(struct made *m, size_t word)
{
        put_header(m, 0xfffffffb, word);
        put(m, 3, word);
        size_t names_at = m->n + 7 * word + 3 * (word + 4);
        put_functions(m, 0x401000, word, 0, names_at);
        put_names(m);
}

static void make_1_16(struct made *m, size_t word)
{
        size_t header = 8 + 7 * word;

        put_header(m, 0xfffffffa, word);
        put(m, 3, word);
        put(m, 0, word);
        put(m, header, word);
        for (size_t i = 3; i < 6; i++)
                put(m, 0, word);
        put(m, header + sizeof(names), word);
        put_names(m);
        put_functions(m, 0x401000, word, m->n, 0);
}

static void make_1_18(struct made *m, uint32_t magic, size_t word, uint64_t text)
{
        size_t header = 8 + 8 * word;

        put_header(m, magic, word);
        put(m, 3, word);
        put(m, 0, word);
        put(m, text, word);
        put(m, header, word);
        for (size_t i = 4; i < 7; i++)
                put(m, 0, word);
        put(m, header + sizeof(names), word);
        put_names(m);
        put_functions(m, 0, 4, m->n, 0);
}

static void assert_name(const struct pclntab *t, uint64_t address, const char *name)
{
        size_t n;
        const char *found = pclntab_find(t, address, &n);

        if (!name) {
                assert_null(found);
                return;
        }
        assert_non_null(found);
        assert_int_equal(n, strlen(name));
        assert_memory_equal(found, name, n);
}

static void assert_all(const struct made *m, uint64_t text)
{
        struct pclntab t;

        assert_int_equal(pclntab_init(&t, m->bytes, m->n, text), 0);
        assert_name(&t, 0x400fff, NULL);
        assert_name(&t, 0x401000, "main.creator");
        assert_name(&t, 0x40101f, "main.creator");
        assert_name(&t, 0x401020, "main.main");
        assert_name(&t, 0x401060, "runtime.goexit");
        assert_name(&t, 0x40107f, "runtime.goexit");
        assert_name(&t, 0x401080, NULL);
        assert_name(&t, 0, NULL);
        assert_name(&t, UINT64_MAX, NULL);
}

static void test_formats(void **state)
{
        struct made m;
        uint64_t text;
        size_t offset;

        for (size_t word = 4; word <= 8; word += 4) {
                make_1_2(&m, word);
                assert_all(&m, 0);
                assert_false(pclntab_text_start(m.bytes, m.n, &offset, &text));
                make_1_16(&m, word);
                assert_all(&m, 0);
                assert_false(pclntab_text_start(m.bytes, m.n, &offset, &text));
                for (unsigned i = 0; i < 2; i++) {
                        make_1_18(&m, 0xfffffff0 + i, word, 0x401000);
                        assert_true(pclntab_text_start(m.bytes, m.n, &offset, &text));
                        assert_int_equal(text, 0x401000);
                        assert_int_equal(offset, 8 + 2 * word);
                        assert_all(&m, text);
                }
        }
}

static void test_what_is_none(void **state)
{
        struct pclntab t;
        struct made m;

        assert_int_equal(pclntab_init(&t, "", 0, 0), -EINVAL);
        make_1_18(&m, 0xfffffff2, 8, 0x401000);
        assert_int_equal(pclntab_init(&t, m.bytes, m.n, 0x401000), -EINVAL);
        for (size_t i = 4; i < 8; i++) {
                make_1_18(&m, 0xfffffff1, 8, 0x401000);
                m.bytes[i] = 3;
                assert_int_equal(pclntab_init(&t, m.bytes, m.n, 0x401000), -EINVAL);
        }
}

/* The table in memory of exactly its size, so that a sanitizer sees a byte too far. */
static void look_everywhere(const struct made *m, size_t size)
{
        uint8_t *exact = malloc(size > 0 ? size : 1);
        struct pclntab t;
        size_t n;

        assert_non_null(exact);
        memcpy(exact, m->bytes, size);
        if (pclntab_init(&t, exact, size, 0x401000) == 0)
                for (uint64_t a = 0x400ff0; a < 0x401090; a++) {
                        const char *found = pclntab_find(&t, a, &n);
                        assert_true(!found || ((const uint8_t *)found >= exact &&
                                               (const uint8_t *)found + n < exact + size));
                }
        free(exact);
}

static void test_lies(void **state)
{
        static const uint64_t numbers[] = {0, 1, 0x7f, 0xffffffff, 0x7fffffffffffffff, UINT64_MAX};
        struct made whole[4], m;

        make_1_2(&whole[0], 8);
        make_1_16(&whole[1], 8);
        make_1_18(&whole[2], 0xfffffff1, 8, 0x401000);
        make_1_18(&whole[3], 0xfffffff0, 4, 0x401000);
        for (size_t i = 0; i < ARRAY_SIZE(whole); i++) {
                for (size_t size = 0; size <= whole[i].n; size++)
                        look_everywhere(&whole[i], size);
                for (size_t at = 8; at + 8 <= whole[i].n; at += 4)
                        for (size_t j = 0; j < ARRAY_SIZE(numbers); j++) {
                                m = whole[i];
                                memcpy(m.bytes + at, &numbers[j], at % 8 ? 4 : 8);
                                look_everywhere(&m, m.n);
                        }
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_formats),
                cmocka_unit_test(test_what_is_none),
                cmocka_unit_test(test_lies),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
