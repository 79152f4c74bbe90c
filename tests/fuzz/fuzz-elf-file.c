/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What nsorphan-symbolize does with a file, without its sandbox. The input lacks the first byte of
 * an ELF file: so none in the corpus passes for a program whose source is missing. */

#include <sys/mman.h>

#include "fuzz.h"
#include "symbolize/answer.h"
#include "symbolize/elf-file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const uint64_t offsets[] = {0, 256, 4096, size / 2, size, UINT64_MAX};
        _cleanup_(elf_file_freep) struct elf_file *f = NULL;
        char *names[ARRAY_SIZE(offsets)] = {};
        uint8_t id[ANSWER_BUILD_ID_MAX];

        int fd = memfd_create("file", MFD_CLOEXEC);
        must(fd >= 0 && write(fd, "\x7f", 1) == 1 && write(fd, data, size) == (ssize_t)size);
        if (elf_file_new(&f, fd) < 0)
                return 0;
        must(elf_file_build_id(f, id, sizeof(id)) <= sizeof(id));
        must(elf_file_names(f, offsets, ARRAY_SIZE(offsets), names) == 0);
        for (size_t i = 0; i < ARRAY_SIZE(offsets); i++) {
                must(!names[i] || strlen(names[i]) <= ANSWER_NAME_MAX);
                free(names[i]);
        }
        return 0;
}
