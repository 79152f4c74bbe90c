/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/inject-machine.h"

#include <string.h>

#include "test-netns.h"

/* Where things are in the kernel's struct rt_sigframe. */
#define MASK_AT    168
#define WORDS_AT   312
#define RECORDS_AT 592
#define FPSIMD     528

static uint64_t word(const struct inject_frame *f, size_t at)
{
        uint64_t w;

        memcpy(&w, f->bytes + at, sizeof(w));
        return w;
}

static struct inject_found make_found(void)
{
        struct inject_found found = {.mask = 0xabcd, .vectors.size = FPSIMD};

        for (unsigned i = 0; i < 34; i++)
                found.by_itself.words[i] = 1000 + i;
        memset(found.vectors.bytes, 0x5a, 512);
        found.vectors.bytes[512] = 0x11; /* status */
        found.vectors.bytes[516] = 0x22; /* control */
        return found;
}

static void test_frame(void **state)
{
        static struct inject_frame f;
        struct inject_found found = make_found();

        assert_int_equal(inject_arm64.make_frame(&f, &found, 0x1234, 0x7fff7f88), 0);
        assert_int_equal(f.address % 16, 0);
        assert_true(f.address + f.size <= 0x7fff7f88);
        assert_true(f.size <= inject_arm64.frame_room(&found.vectors));
        /* The alternate stack's mode is none that there is. */
        assert_true((uint32_t)word(&f, 128 + 24) & ~3U);
        assert_int_equal(word(&f, MASK_AT), 0xabcd);
        for (unsigned i = 0; i < 34; i++)
                assert_int_equal(word(&f, WORDS_AT + 8 * i), 1000 + i);
        assert_int_equal(word(&f, RECORDS_AT), UINT64_C(528) << 32 | 0x46508001);
        assert_int_equal(word(&f, RECORDS_AT + 8), UINT64_C(0x22) << 32 | 0x11);
        assert_int_equal(f.bytes[RECORDS_AT + 16], 0x5a);
        assert_int_equal(f.bytes[RECORDS_AT + 527], 0x5a);
        assert_int_equal(word(&f, RECORDS_AT + 528), 0);
        assert_int_equal(inject_arm64.make_frame(&f, &found, 0, 100), -EOPNOTSUPP);
}

/* With the long registers of SVE: 64 bytes each, which is what there is; and more than fits. */
static void test_sve(void **state)
{
        static struct inject_frame f;
        struct inject_found found = make_found();
        uint16_t *header = (uint16_t *)(void *)(found.vectors.bytes + FPSIMD);

        header[4] = 64;
        header[6] = 1;
        found.vectors.bytes[FPSIMD + 16] = 0x77;
        found.vectors.size = FPSIMD + 16 + 64 * 34 + 8 + 16;
        assert_int_equal(inject_arm64.make_frame(&f, &found, 0, 0x7fff7f80), 0);
        const size_t at = RECORDS_AT + 528, size = 16 + 64 * 34 + 8 + 8;
        assert_int_equal(word(&f, at), (uint64_t)size << 32 | 0x53564501);
        assert_int_equal(word(&f, at + 8), 64);
        assert_int_equal(f.bytes[at + 16], 0x77);
        assert_int_equal(word(&f, at + size), 0);
        /* Less than it says. */
        found.vectors.size = FPSIMD + 16 + 64 * 34;
        assert_int_equal(inject_arm64.make_frame(&f, &found, 0, 0x7fff7f80), -EOPNOTSUPP);
        header[4] = 256;
        found.vectors.size = FPSIMD + 16 + 256 * 34 + 32;
        assert_int_equal(inject_arm64.make_frame(&f, &found, 0, 0x7fff7f80), -EOPNOTSUPP);
}

static void test_call(void **state)
{
        const struct inject_code code = {.call = 0x1000, .restore = 0x2000};
        struct inject_registers r = {.words = {[7] = 70, [33] = 0x60000c00}};

        inject_arm64.set_call(&r, &code, 0x7fff0000, (uint64_t[]){198, 1, 2, 3});
        assert_int_equal(r.words[8], 198);
        assert_int_equal(r.words[0], 1);
        assert_int_equal(r.words[2], 3);
        assert_int_equal(r.words[7], 70);
        assert_int_equal(r.words[30], 0x2000);
        assert_int_equal(r.words[31], 0x7fff0000);
        assert_int_equal(r.words[32], 0x1000);
        /* No landing pad is asked for; the flags stay. */
        assert_int_equal(r.words[33], 0x60000000);
        assert_int_equal(inject_arm64.stack_pointer(&r), 0x7fff0000);
        assert_int_equal(inject_arm64.result(&r), 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_frame),
                cmocka_unit_test(test_sve),
                cmocka_unit_test(test_call),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
