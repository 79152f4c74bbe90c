/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a process tells of itself in /proc, most of which it can choose. As in fuzz-procfs.c every
 * parser gets every input. */

#include "fuzz.h"
#include "inspect/container.h"
#include "inspect/process-parse.h"

/* One line that a terminal can show. */
static void must_be_printable(const char *s)
{
        for (; s && *s; s++)
                must((unsigned char)*s >= ' ' && *s != 0x7f);
}

static void fuzz_container(int found, struct container *c)
{
        must(found >= 0);
        if (found > 0)
                must(c->manager || c->pod);
        must_be_printable(c->name);
        must_be_printable(c->pod);
        container_deinit(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_free_ char *s = fuzz_string(data, size);
        _cleanup_free_ char *line = process_parse_command_line((const char *)data, size);
        struct container by_path = {}, by_environment = {};

        must(line);
        must_be_printable(line);
        fuzz_container(container_from_cgroup(s, size / 2, &by_path), &by_path);
        fuzz_container(container_from_environment((const char *)data, size, &by_environment),
                       &by_environment);
        return 0;
}
