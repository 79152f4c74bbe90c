/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "symbolize/pclntab.h"

#include <errno.h>
#include <string.h>

#define MAGIC_1_2  0xfffffffbU
#define MAGIC_1_16 0xfffffffaU
#define MAGIC_1_18 0xfffffff0U
#define MAGIC_1_20 0xfffffff1U

/* magic, two zeros, the unit of instructions, the size of a pointer; then words. */
#define HEADER_SIZE ((size_t)8)

/* No name of a function is longer, and no more functions are in a program. */
#define NAME_MAX_     ((size_t)64 * 1024)
#define FUNCTIONS_MAX ((uint64_t)1 << 28)

/* A number of @n bytes at @offset. */
static bool get(const struct pclntab *t, uint64_t offset, size_t n, uint64_t *ret)
{
        uint32_t narrow;

        if (offset > t->size || n > t->size - offset)
                return false;
        if (n == sizeof(*ret)) {
                memcpy(ret, t->data + offset, sizeof(*ret));
                return true;
        }
        memcpy(&narrow, t->data + offset, sizeof(narrow));
        *ret = narrow;
        return true;
}

/* The word @i behind the header; as an offset it must lie inside. */
static bool get_word(const struct pclntab *t, unsigned i, uint64_t *ret)
{
        return get(t, HEADER_SIZE + i * t->word, t->word, ret);
}

static bool get_offset(const struct pclntab *t, unsigned i, size_t *ret)
{
        uint64_t offset;

        if (!get_word(t, i, &offset) || offset > t->size)
                return false;
        *ret = (size_t)offset;
        return true;
}

/* The magic number; 0 for what is no table. Fills in @t what the header says. */
static uint32_t take_header(struct pclntab *t, const void *data, size_t size)
{
        const uint8_t *bytes = data;
        uint32_t magic;

        *t = (struct pclntab){.data = data, .size = size};
        if (size < HEADER_SIZE)
                return 0;
        memcpy(&magic, bytes, sizeof(magic));
        t->word = bytes[7];
        bool ok = bytes[4] == 0 && bytes[5] == 0 && (t->word == 4 || t->word == 8) &&
                  (bytes[6] == 1 || bytes[6] == 2 || bytes[6] == 4);
        return ok ? magic : 0;
}

static bool is_relative(uint32_t magic)
{
        return magic == MAGIC_1_18 || magic == MAGIC_1_20;
}

bool pclntab_text_start(const void *data, size_t size, size_t *ret_offset, uint64_t *ret_address)
{
        struct pclntab t;

        if (!is_relative(take_header(&t, data, size)) || !get_word(&t, 2, ret_address))
                return false;
        *ret_offset = HEADER_SIZE + 2 * t.word;
        return true;
}

int pclntab_init(struct pclntab *t, const void *data, size_t size, uint64_t text_start)
{
        uint32_t magic = take_header(t, data, size);
        bool ok = magic != 0 && get_word(t, 0, &t->n);

        t->entry = t->word;
        if (magic == MAGIC_1_2) {
                t->functions = HEADER_SIZE + t->word;
        } else if (magic == MAGIC_1_16) {
                ok = ok && get_offset(t, 2, &t->names) && get_offset(t, 6, &t->functions);
                t->descriptions = t->functions;
        } else if (is_relative(magic)) {
                ok = ok && get_offset(t, 3, &t->names) && get_offset(t, 7, &t->functions);
                t->descriptions = t->functions;
                t->entry = sizeof(uint32_t);
                t->text_start = text_start;
        } else {
                return -EINVAL;
        }
        /* Two numbers a function, and the address where the last one ends. */
        if (!ok || t->n == 0 || t->n > FUNCTIONS_MAX || t->functions > t->size ||
            (2 * t->n + 1) * t->entry > t->size - t->functions)
                return -EINVAL;
        return 0;
}

/* The address of function @i; of the one behind the last: where that ends. */
static uint64_t address_of(const struct pclntab *t, uint64_t i)
{
        uint64_t address = 0;

        (void)get(t, t->functions + 2 * i * t->entry, t->entry, &address);
        return address;
}

static const char *name_of(const struct pclntab *t, uint64_t i, size_t *ret_length)
{
        uint64_t description, address, name;

        if (!get(t, t->functions + (2 * i + 1) * t->entry, t->entry, &description) ||
            description > t->size)
                return NULL;
        description += t->descriptions;
        /* The description begins with the address, too. */
        if (!get(t, description, t->entry, &address) || address != address_of(t, i) ||
            !get(t, description + t->entry, sizeof(uint32_t), &name))
                return NULL;
        name += t->names;
        if (name >= t->size)
                return NULL;
        size_t room = t->size - (size_t)name;
        const char *s = (const char *)t->data + name;
        size_t length = strnlen(s, room < NAME_MAX_ ? room : NAME_MAX_);
        if (length == 0 || length == room || length == NAME_MAX_)
                return NULL;
        *ret_length = length;
        return s;
}

const char *pclntab_find(const struct pclntab *t, uint64_t address, size_t *ret_length)
{
        uint64_t low = 0, high = t->n;

        if (address < t->text_start)
                return NULL;
        address -= t->text_start;
        if (address < address_of(t, 0) || address >= address_of(t, t->n))
                return NULL;
        /* The last function that begins at or before it. */
        while (high - low > 1) {
                uint64_t middle = low + (high - low) / 2;
                if (address_of(t, middle) <= address)
                        low = middle;
                else
                        high = middle;
        }
        return name_of(t, low, ret_length);
}
