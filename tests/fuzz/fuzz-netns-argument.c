/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fuzz.h"
#include "nsorphanctl/netns-argument.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_free_ char *s = fuzz_string(data, size);
        struct netns_identity id = {};
        struct error error = {};

        int r = netns_argument_parse(s, &id, &error);
        if (r < 0)
                must(r == -EINVAL && error.text[0]);
        else
                must((id.inode != 0) + (id.cookie != 0) +
                             (id.nameless.pid > 0 && id.nameless.file_inode != 0) ==
                     1);
        return 0;
}
