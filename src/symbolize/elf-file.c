/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "symbolize/elf-file.h"

#include <elfutils/libdwfl.h>
#include <gelf.h>
#include <stdbool.h>
#include <string.h>

#include "symbolize/answer.h"
#include "symbolize/go-names.h"

struct elf_file {
        Dwfl *dwfl;
        Dwfl_Module *module;
        Elf *elf; /* the module's */
        int symbols_fd;
};

/* Never asked: the file is there from the beginning. */
static int find_elf(Dwfl_Module *module, void **userdata, const char *name, Dwarf_Addr base,
                    char **file_name, Elf **elf)
{
        return -1;
}

/* In place of the library's own search over the file system. */
static int find_symbols(Dwfl_Module *module, void **userdata, const char *name, Dwarf_Addr base,
                        const char *file_name, const char *link, GElf_Word crc,
                        char **ret_file_name)
{
        struct elf_file *f = *userdata;

        return f ? TAKE_FD(f->symbols_fd) : -1;
}

static const Dwfl_Callbacks callbacks = {
        .find_elf = find_elf,
        .find_debuginfo = find_symbols,
        .section_address = dwfl_offline_section_address,
};

/* The library would unpack what is no ELF file, and lay out what is not linked yet. */
static bool is_linked_elf(int fd)
{
        unsigned char head[EI_NIDENT + 2];
        uint16_t type;

        if (pread(fd, head, sizeof(head), 0) != (ssize_t)sizeof(head) ||
            memcmp(head, ELFMAG, SELFMAG) != 0 ||
            head[EI_DATA] !=
                    (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB))
                return false;
        memcpy(&type, head + EI_NIDENT, sizeof(type));
        return type == ET_EXEC || type == ET_DYN;
}

int elf_file_new(struct elf_file **ret, int fd)
{
        _cleanup_(elf_file_freep) struct elf_file *f = calloc(1, sizeof(*f));
        _cleanup_close_ int own = fd;
        GElf_Addr bias;
        void **userdata;

        if (!f)
                return -ENOMEM;
        f->symbols_fd = -EBADF;
        if (!is_linked_elf(fd))
                return -EBADMSG;
        f->dwfl = dwfl_begin(&callbacks);
        if (!f->dwfl)
                return -ENOMEM;
        dwfl_report_begin(f->dwfl);
        /* At base 0, so that addresses are the file's own. */
        f->module = dwfl_report_elf(f->dwfl, "", "", fd, 0, true);
        if (!f->module)
                return -EBADMSG;
        (void)TAKE_FD(own);
        (void)dwfl_report_end(f->dwfl, NULL, NULL);
        (void)dwfl_module_info(f->module, &userdata, NULL, NULL, NULL, NULL, NULL, NULL);
        *userdata = f;
        f->elf = dwfl_module_getelf(f->module, &bias);
        if (!f->elf || bias != 0)
                return -EBADMSG;
        *ret = TAKE_PTR(f);
        return 0;
}

struct elf_file *elf_file_free(struct elf_file *f)
{
        if (!f)
                return NULL;
        if (f->dwfl)
                dwfl_end(f->dwfl);
        fd_close(f->symbols_fd);
        free(f);
        return NULL;
}

size_t elf_file_build_id(struct elf_file *f, void *ret, size_t size)
{
        const unsigned char *bits;
        GElf_Addr address;

        int n = dwfl_module_build_id(f->module, &bits, &address);
        if (n <= 0 || (size_t)n > size)
                return 0;
        memcpy(ret, bits, (size_t)n);
        return (size_t)n;
}

void elf_file_set_symbols(struct elf_file *f, int fd)
{
        f->symbols_fd = is_linked_elf(fd) ? fd : fd_close(fd);
}

/* The address that the code at @offset has in the file's own numbers. */
static bool address_at(struct elf_file *f, uint64_t offset, uint64_t *ret)
{
        GElf_Phdr segment;
        size_t n;

        if (elf_getphdrnum(f->elf, &n) < 0)
                return false;
        for (size_t i = 0; i < n; i++) {
                if (!gelf_getphdr(f->elf, (int)i, &segment))
                        return false;
                if (segment.p_type == PT_LOAD && segment.p_flags & PF_X &&
                    offset >= segment.p_offset && offset - segment.p_offset < segment.p_filesz) {
                        *ret = segment.p_vaddr + (offset - segment.p_offset);
                        return true;
                }
        }
        return false;
}

/* The symbol that covers @address; one that only comes before it is none. */
static const char *symbol_at(struct elf_file *f, uint64_t address)
{
        GElf_Off offset;
        GElf_Sym symbol;

        const char *name =
                dwfl_module_addrinfo(f->module, address, &offset, &symbol, NULL, NULL, NULL);
        return name && *name && offset < symbol.st_size ? name : NULL;
}

int elf_file_names(struct elf_file *f, const uint64_t *offsets, size_t n, char *names[])
{
        struct go_names go;
        uint64_t address;
        size_t length;

        go_names_init(&go, f->elf);
        for (size_t i = 0; i < n; i++) {
                if (!address_at(f, offsets[i], &address))
                        continue;
                const char *name = symbol_at(f, address);
                if (name)
                        length = strnlen(name, ANSWER_NAME_MAX);
                else
                        name = go_names_find(&go, address, &length);
                if (name && !(names[i] = strndup(name, MIN(length, (size_t)ANSWER_NAME_MAX))))
                        return -ENOMEM;
        }
        return 0;
}
