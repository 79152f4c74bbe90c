/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/go-binary.h"

#include <elf.h>
#include <link.h>
#include <string.h>
#include <sys/mman.h>

#include "test-netns.h"

/* Recorded from /usr/bin/podman of Debian 12: the notes of the linker, of which Go's is the last;
 * descriptions cut to 4 bytes. */
static const char notes[] = "\4\0\0\0\4\0\0\0\3\0\0\0GNU\0\x0e\x38\x35\xb7"
                            "\4\0\0\0\4\0\0\0\1\0\0\0GNU\0\0\0\0\0"
                            "\4\0\0\0\4\0\0\0\4\0\0\0Go\0\0ar44";
static const char info[] = "\xff Go buildinf:\10\2";

struct file {
        ElfW(Ehdr) header;
        ElfW(Phdr) segments[2];
        char notes[sizeof(notes) - 1];
        _Alignas(16) char data[64];
};

/* An executable without anything of Go's, but for a text. */
static struct file plain(void)
{
        struct file f = {
                .header = {.e_ident = {0x7f, 'E', 'L', 'F',
                                       sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32,
                                       __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB
                                                                                 : ELFDATA2MSB},
                           .e_phoff = offsetof(struct file, segments),
                           .e_phentsize = sizeof(ElfW(Phdr)),
                           .e_phnum = 2},
                .segments = {{.p_type = PT_NOTE,
                              .p_offset = offsetof(struct file, notes),
                              .p_filesz = sizeof(notes) - 1},
                             {.p_type = PT_LOAD,
                              .p_flags = PF_R | PF_W,
                              .p_offset = offsetof(struct file, data),
                              .p_vaddr = 0x1000,
                              .p_filesz = 64}},
                .data = "\xff Go build ID: \"abc/def\"\n \xff",
        };
        return f;
}

static bool detect(const struct file *f)
{
        _cleanup_close_ int fd = memfd_create("program", MFD_CLOEXEC);

        assert_true(fd >= 0);
        assert_int_equal(write(fd, f, sizeof(*f)), sizeof(*f));
        return go_binary_detect(fd);
}

static void test_note(void **state)
{
        struct file f = plain();

        assert_false(detect(&f));
        memcpy(f.notes, notes, sizeof(f.notes));
        assert_true(detect(&f));
        /* Without the last, or cut. */
        f.segments[0].p_filesz -= 20;
        assert_false(detect(&f));
        f.segments[0].p_filesz += 19;
        assert_false(detect(&f));
        f.segments[0].p_filesz = UINT32_MAX;
        assert_true(detect(&f));
        f.segments[0].p_type = PT_NULL;
        assert_false(detect(&f));
}

static void test_build_info(void **state)
{
        struct file f = plain();

        memcpy(f.data + 32, info, sizeof(info));
        assert_true(detect(&f));
        /* It is aligned in memory. */
        f.segments[1].p_vaddr = 0x1008;
        assert_false(detect(&f));
        f.segments[1].p_vaddr = 0x1000;
        f.segments[1].p_flags |= PF_X;
        assert_false(detect(&f));
        f = plain();
        memcpy(f.data + 24, info, sizeof(info));
        f.segments[1].p_vaddr = 0x1018;
        f.segments[1].p_filesz = 12;
        assert_false(detect(&f));
}

static void test_no_elf_file(void **state)
{
        struct file f = plain();

        memcpy(f.notes, notes, sizeof(f.notes));
        f.header.e_phnum = 65;
        assert_false(detect(&f));
        f.header.e_phnum = 2;
        f.header.e_ident[0] = '#';
        assert_false(detect(&f));
        assert_false(go_binary_detect(-1));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_note),
                cmocka_unit_test(test_build_info),
                cmocka_unit_test(test_no_elf_file),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
