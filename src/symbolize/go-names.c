/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "symbolize/go-names.h"

#include <gelf.h>
#include <string.h>

/* More sections has no program. */
#define SECTIONS_MAX 4096

/* What is of interest in the list of sections. */
struct sections {
        Elf_Scn *table, *data, *relocations;
        GElf_Shdr table_header, data_header, relocations_header;
        uint64_t text;    /* address of .text; 0: none */
        bool other_start; /* code of the C library's stands before Go's in .text */
};

static void note_section(struct sections *s, Elf_Scn *section, const GElf_Shdr *header,
                         const char *name)
{
        if (strcmp(name, ".gopclntab") == 0 || strcmp(name, ".data.rel.ro.gopclntab") == 0) {
                s->table = section;
                s->table_header = *header;
        } else if (strcmp(name, ".data.rel.ro") == 0) {
                s->data = section;
                s->data_header = *header;
        } else if (header->sh_type == SHT_RELA && strncmp(name, ".rela", 5) == 0 &&
                   header->sh_flags & SHF_ALLOC && strcmp(name, ".rela.plt") != 0) {
                s->relocations = section;
                s->relocations_header = *header;
        } else if (strcmp(name, ".text") == 0) {
                s->text = header->sh_addr;
        } else if (strcmp(name, ".init") == 0) {
                s->other_start = true;
        }
}

static bool find_sections(struct sections *s, Elf *elf)
{
        Elf_Scn *section = NULL;
        GElf_Shdr header;
        size_t names, n = 0;

        if (elf_getshdrstrndx(elf, &names) < 0)
                return false;
        while (n++ < SECTIONS_MAX && (section = elf_nextscn(elf, section))) {
                const char *name = gelf_getshdr(section, &header)
                                           ? elf_strptr(elf, names, header.sh_name)
                                           : NULL;
                if (name)
                        note_section(s, section, &header, name);
        }
        return s->table || s->data;
}

/* What Go's linker aligns the table to. */
#define TABLE_ALIGNMENT 32

/* The bytes of the table and its address. The C linker puts it among other data, where it must be
 * found by what it begins with. */
static const uint8_t *find_table(const struct sections *s, size_t *ret_size, uint64_t *ret_address)
{
        const GElf_Shdr *header = s->table ? &s->table_header : &s->data_header;
        struct pclntab t;

        if (header->sh_type == SHT_NOBITS || header->sh_flags & SHF_COMPRESSED)
                return NULL;
        Elf_Data *data = elf_rawdata(s->table ? s->table : s->data, NULL);
        const uint8_t *bytes = data ? data->d_buf : NULL;
        for (size_t i = 0; bytes && i < data->d_size; i += TABLE_ALIGNMENT) {
                *ret_size = data->d_size - i;
                *ret_address = header->sh_addr + i;
                if (pclntab_init(&t, bytes + i, *ret_size, 0) == 0)
                        return bytes + i;
                if (s->table)
                        return NULL;
        }
        return NULL;
}

/* What the dynamic linker will write to @address: in a position-independent program that number is
 * not in its place, but in the list of relocations. 0: nothing. */
static uint64_t relocated(const struct sections *s, uint64_t address)
{
        GElf_Rela r;

        Elf_Data *data = s->relocations ? elf_getdata(s->relocations, NULL) : NULL;
        size_t size = data ? gelf_fsize(NULL, ELF_T_RELA, 1, EV_CURRENT) : 0;
        if (data && s->relocations_header.sh_entsize > 0)
                size = s->relocations_header.sh_entsize;
        for (size_t i = 0; size > 0 && i < data->d_size / size; i++)
                if (gelf_getrela(data, (int)i, &r) && r.r_offset == address)
                        return (uint64_t)r.r_addend;
        return 0;
}

void go_names_init(struct go_names *g, Elf *elf)
{
        struct sections s = {};
        uint64_t text = 0, address;
        size_t offset, size;

        *g = (struct go_names){};
        if (!find_sections(&s, elf))
                return;
        const uint8_t *table = find_table(&s, &size, &address);
        if (!table)
                return;
        if (pclntab_text_start(table, size, &offset, &text) && text == 0) {
                text = relocated(&s, address + offset);
                /* A linker that leaves it out (Go 1.26) begins .text with Go's code, unless C code
                 * is linked in. */
                if (text == 0 && !s.other_start)
                        text = s.text;
                if (text == 0)
                        return;
        }
        g->have = pclntab_init(&g->table, table, size, text) == 0;
}

const char *go_names_find(const struct go_names *g, uint64_t address, size_t *ret_length)
{
        return g->have ? pclntab_find(&g->table, address, ret_length) : NULL;
}
