/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Where in procfs a file is, by what mountinfo, a link and the first line of a file say. */

#include "census/procfs/proc-mounts.h"
#include "census/procfs/proc-net.h"
#include "fuzz.h"

static void fuzz_mounts(const char *line)
{
        struct proc_mounts m = {};
        bool other;

        must(proc_mounts_add(&m, line) == 0);
        for (size_t i = 0; i < m.n; i++) {
                must(proc_mounts_find(&m, m.mounts[i].id, &other) != NULL);
                free(proc_mounts_path(&m.mounts[i], line));
                free(proc_mounts_path(&m.mounts[i], m.mounts[i].target));
        }
        proc_mounts_deinit(&m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_free_ char *text = fuzz_string(data, size);
        const char *file = NULL;

        if (proc_net_parse(text, &file))
                must(file >= text && file <= text + size);
        for (char *line = text, *end; line < text + size; line = end + 1) {
                end = memchr(line, '\n', (size_t)(text + size - line));
                if (!end)
                        end = text + size;
                *end = '\0';
                fuzz_mounts(line);
                (void)proc_net_begins(line, (size_t)(end - line));
        }
        return 0;
}
