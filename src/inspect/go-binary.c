/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/go-binary.h"

#include <elf.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/macro.h"

/* A file has a dozen segments; one that says it has more is not read further. */
#define SEGMENTS_MAX 64
#define NOTES_MAX    4096

/* debug/buildinfo of Go looks no further into the data segment either. */
#define DATA_MAX ((size_t)64 * 1024)

/* cmd/link/internal/ld/elf.go: ELF_NOTE_GOBUILDID_TAG, and the name "Go". */
#define NOTE_GO_BUILD_ID 4

/* The notes of a segment: headers and descriptors in 4-byte units. Go's linker gives its name a
 * length of 4, with its NULs. */
static bool has_go_note(const char *notes, size_t n)
{
        ElfW(Nhdr) header;

        while (n >= sizeof(header)) {
                memcpy(&header, notes, sizeof(header));
                size_t name = ((size_t)header.n_namesz + 3) & ~(size_t)3;
                size_t length =
                        sizeof(header) + name + (((size_t)header.n_descsz + 3) & ~(size_t)3);
                if (length > n)
                        return false;
                if (header.n_type == NOTE_GO_BUILD_ID && header.n_namesz == 4 &&
                    memcmp(notes + sizeof(header), "Go\0", 4) == 0)
                        return true;
                notes += length;
                n -= length;
        }
        return false;
}

/* cmd/link/internal/ld/data.go: the section is aligned to 16 bytes and starts with this. */
static bool has_build_info(const char *data, size_t n)
{
        static const char mark[] = "\xff Go buildinf:";

        for (size_t i = 0; i + sizeof(mark) - 1 <= n; i += 16)
                if (memcmp(data + i, mark, sizeof(mark) - 1) == 0)
                        return true;
        return false;
}

static bool read_segment(int fd, const ElfW(Phdr) * segment, char *room)
{
        bool notes = segment->p_type == PT_NOTE;
        size_t size = MIN((size_t)segment->p_filesz, notes ? (size_t)NOTES_MAX : DATA_MAX);
        /* The mark is aligned in memory, where a segment may begin in the middle of a page. */
        size_t skip = notes ? 0 : (size_t)(-segment->p_vaddr & 15);

        if (skip > size)
                return false;
        ssize_t n = pread(fd, room, size - skip, (off_t)(segment->p_offset + skip));
        if (n <= 0)
                return false;
        return notes ? has_go_note(room, (size_t)n) : has_build_info(room, (size_t)n);
}

bool go_binary_detect(int fd)
{
        ElfW(Phdr) segments[SEGMENTS_MAX];
        ElfW(Ehdr) header;

        if (pread(fd, &header, sizeof(header), 0) != (ssize_t)sizeof(header) ||
            memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
            header.e_ident[EI_CLASS] != (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32) ||
            header.e_ident[EI_DATA] !=
                    (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB) ||
            header.e_phentsize != sizeof(segments[0]) || header.e_phnum > SEGMENTS_MAX)
                return false;
        size_t size = header.e_phnum * sizeof(segments[0]);
        if (pread(fd, segments, size, (off_t)header.e_phoff) != (ssize_t)size)
                return false;
        _cleanup_free_ char *room = malloc(DATA_MAX);
        for (size_t i = 0; room && i < header.e_phnum; i++) {
                bool data = segments[i].p_type == PT_LOAD && segments[i].p_flags & PF_W &&
                            !(segments[i].p_flags & PF_X);
                if ((data || segments[i].p_type == PT_NOTE) && read_segment(fd, &segments[i], room))
                        return true;
        }
        return false;
}
