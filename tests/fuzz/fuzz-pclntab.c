/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Go's table of functions: two addresses to look for, and the table. */

#include "fuzz.h"
#include "symbolize/pclntab.h"

static void find(const struct pclntab *t, uint64_t address, const uint8_t *data, size_t size)
{
        size_t n;
        const char *name = pclntab_find(t, address, &n);

        if (name)
                must((const uint8_t *)name >= data && n > 0 && n < size &&
                     (const uint8_t *)name + n < data + size && !memchr(name, '\0', n));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        uint64_t addresses[2], text = 0;
        struct pclntab t;
        size_t offset;

        if (size < sizeof(addresses))
                return 0;
        memcpy(addresses, data, sizeof(addresses));
        data += sizeof(addresses);
        size -= sizeof(addresses);
        if (pclntab_text_start(data, size, &offset, &text))
                must(offset + 4 <= size);
        if (pclntab_init(&t, data, size, text) < 0)
                return 0;
        for (unsigned i = 0; i < 2; i++) {
                find(&t, addresses[i], data, size);
                find(&t, text + (addresses[i] & 0xfff), data, size);
        }
        find(&t, UINT64_MAX, data, size);
        return 0;
}
